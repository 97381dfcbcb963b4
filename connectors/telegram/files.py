"""A message with a file beside its words: sendPhoto and sendDocument by address (core.telegram.org/bots/api).

UNCONFIRMED which addresses Telegram really fetches: `files: false` puts every address into the text.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from connectors.bots.sending import Letter
from connectors.bots.wire import Row, length
from qc_engine.core.effects import SendMessage

LONGEST_CAPTION = 1024
PHOTOS = (".jpg", ".jpeg", ".png", ".webp")
DOCUMENTS = (".pdf", ".zip", ".gif")  # other kinds Telegram does not fetch by an address
UNFETCHED = re.compile(
    r"HTTP URL|web ?page content|file identifier|failed to get|PHOTO_|IMAGE_", re.IGNORECASE
)


def goes_as_file(effect: SendMessage) -> bool:
    """Can the file go along, with the words as its caption?"""
    return ending(effect.file) in PHOTOS + DOCUMENTS and length(effect.text) <= LONGEST_CAPTION


def written(letter: Letter) -> tuple[str, Row]:
    """The method, and what it needs besides the chat."""
    if not letter.file:
        # A preview is fetched by Telegram itself, and must not look like a client's click.
        return "sendMessage", {"text": letter.text, "link_preview_options": {"is_disabled": True}}
    if ending(letter.file) in PHOTOS:
        return "sendPhoto", {"photo": letter.file, "caption": letter.text}
    return "sendDocument", {"document": letter.file, "caption": letter.text}


def in_words(letter: Letter) -> Letter:
    """The same with the address in the text; its turn has come already."""
    return replace(letter, text=f"{letter.text}\n{letter.file}", file="", ready=lambda: None)


def ending(address: str) -> str:
    """'.pdf', in small letters; '' for an address that tells no kind."""
    name = urlsplit(address).path.rpartition("/")[2]
    return "." + name.rpartition(".")[2].lower() if "." in name else ""
