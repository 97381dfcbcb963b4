"""What a client sent instead of text."""

from connectors.bots.wire import Row, rows, words

KIND_BY_TYPE = {
    "audio": "voice",
    "image": "photo",
    "video": "video",
    "sticker": "sticker",
    "location": "location",
    "contact": "contact",
    "file": "file",
}


def kind_of(body: Row) -> str:
    """voice, photo, video, sticker, location, contact, file or other, by the first attachment."""
    attached = rows(body.get("attachments"))
    return KIND_BY_TYPE.get(words(attached[0].get("type")), "other") if attached else "other"
