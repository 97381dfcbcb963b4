"""The text of a webhook as it is kept: readable by a person, without the keys that came with it."""

import re

# The underscore comes first, because a search for one sign is quick, and most bodies hold few of them.
SECRETS = r"_(?:(?<=application_)|(?<=access_)|(?<=refresh_))token"
REMOVED = "[removed]"
# auth[application_token]=..., auth%5Bapplication_token%5D%5B%5D=...
IN_FORM = re.compile(rf"({SECRETS}(?:\]|\[|%5B|%5D)*\s*(?:=|%3D))[^&\s]*", re.IGNORECASE)
# "access_token": "...", also a number or a list
IN_JSON = re.compile(
    rf'({SECRETS}\\*"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|[^\s,}}\]]+)', re.IGNORECASE | re.DOTALL
)


def keepable(body: bytes) -> str:
    """UTF-8 text with odd bytes as \\xNN, and no value of an application, access or refresh token."""
    if b"\0" not in body and b"_token" not in body.lower():  # most bodies: nothing in them is to be changed
        return body.decode("utf-8", "backslashreplace")
    return without_tokens(body.decode("utf-8", "backslashreplace"))


def without_tokens(text: str) -> str:
    # PostgreSQL takes no NUL in a text.
    plain = text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
    if "_token" not in plain.lower():  # most bodies: to look for keys takes longer than all the rest
        return plain
    plain = IN_FORM.sub(rf"\1{REMOVED}", plain)
    return IN_JSON.sub(rf'\1"{REMOVED}"', plain) if '"' in plain else plain
