"""What a client sent instead of text."""

import re
from collections.abc import Sequence

from connectors.chat2desk.wire import Row, words

# Field of the message -> what came instead of text, the most telling first.
KIND_BY_FIELD = {
    "audio": "voice",
    "photo": "photo",
    "video": "video",
    "coordinates": "location",
    "pdf": "file",
}
KIND_BY_ENDING = {
    "voice": ("ogg", "oga", "opus", "mp3", "m4a", "amr", "aac", "wav"),
    "photo": ("jpg", "jpeg", "png", "heic", "gif"),
    "video": ("mp4", "mov", "3gp", "webm", "avi"),
    "sticker": ("webp", "tgs"),
    "contact": ("vcf", "vcard"),
}
MOST_ATTACHMENTS = 20
ENDING = re.compile(r"\.([A-Za-z0-9]{2,5})(?:[?#].*)?$", re.DOTALL)


def kind_of(row: Row) -> str:
    """voice, photo, video, location, file, sticker, contact or other."""
    for name, kind in KIND_BY_FIELD.items():
        if row.get(name):
            return kind
    attachments = row.get("attachments")
    if isinstance(attachments, list) and attachments:
        kinds = [_kind_of_attachment(one) for one in attachments[:MOST_ATTACHMENTS]]
        return next((kind for kind in kinds if kind != "file"), "file")
    return "other"


def _kind_of_attachment(attachment: object) -> str:
    names = _names(attachment)
    endings = [found[1].lower() for name in names if (found := ENDING.search(name))]
    for kind, known in KIND_BY_ENDING.items():
        if any(ending in known for ending in endings):
            return kind
    return "file"


def _names(attachment: object) -> Sequence[str]:
    if not isinstance(attachment, dict):
        return [words(attachment)]
    return [words(attachment.get("name")), words(attachment.get("link"))]
