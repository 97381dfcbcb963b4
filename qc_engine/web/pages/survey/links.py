"""Texts with addresses in them: what can be opened becomes a link, the rest stays text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+", re.IGNORECASE)
NAMED = re.compile(r"\s*(?P<name>[^\s:][^:]{0,60}):\s*(?P<address>https?://\S+)\s*", re.IGNORECASE)
AFTER_IT = ".,;:!?)]…"  # signs that end a sentence, not an address


@dataclass(frozen=True)
class Piece:
    """Words, and where they lead; `address` is '' for words alone."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph; or, as `button`, a line that was nothing but 'name: address'."""

    pieces: Sequence[Piece]
    button: bool = False


def blocks(text: str) -> Sequence[Block]:
    """In the order of the text; line breaks inside a paragraph are kept."""
    return [_block(part) for part in _parts(text)]


def _parts(text: str) -> Iterator[str]:
    """Lines that follow one another belong together; a named address stands alone."""
    together: list[str] = []
    for line in text.splitlines():
        alone = _named(line) is not None
        if together and (alone or not line.strip()):
            yield "\n".join(together)
            together = []
        if alone:
            yield line
        elif line.strip():
            together.append(line)
    if together:
        yield "\n".join(together)


def _block(part: str) -> Block:
    named = _named(part)
    return Block([named], button=True) if named else Block(list(_pieces(part)))


def _named(line: str) -> Piece | None:
    found = NAMED.fullmatch(line)
    if not found or not is_web(found["address"]):
        return None
    return Piece(found["name"].strip(), found["address"])


def _pieces(text: str) -> Iterator[Piece]:
    read = 0
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(AFTER_IT)
        if not is_web(address):
            continue
        if found.start() > read:
            yield Piece(text[read : found.start()])
        yield Piece(address, address)
        read = found.start() + len(address)
    if read < len(text):
        yield Piece(text[read:])


def is_web(address: str) -> bool:
    """http or https, a host, and no name in front of it that looks like another host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
