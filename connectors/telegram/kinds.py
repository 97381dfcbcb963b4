"""What a client sent instead of text."""

from connectors.bots.wire import Row

# Field of the message -> what came instead of text, the most telling first: an animation is a document too.
KIND_BY_FIELD = {
    "voice": "voice",
    "audio": "voice",
    "video_note": "video",
    "video": "video",
    "photo": "photo",
    "animation": "photo",
    "sticker": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "document": "file",
    "paid_media": "other",
    "story": "other",
    "poll": "other",
    "dice": "other",
    "game": "other",
    "checklist": "other",
}


def kind_of(message: Row) -> str:
    """voice, photo, video, sticker, location, contact, file or other; '' for what is no client's doing.

    Telegram tells by messages of service, too, that a title was changed or a message pinned.
    """
    return next((kind for name, kind in KIND_BY_FIELD.items() if message.get(name)), "")
