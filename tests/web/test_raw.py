"""What is kept of a webhook's body: readable text without keys."""

import pytest

from qc_engine.web.raw import keepable

SECRET = b"jvh9y1ulvt2m6k5or90v9mg8nn32ozas"


@pytest.mark.parametrize(
    "body",
    [
        b"event=ONCRMDEALADD&auth%5Bapplication_token%5D=" + SECRET + b"&ts=1766047124",
        b"event=ONCRMDEALADD&auth[application_token]=" + SECRET,
        b"auth%5bapplication_token%5d%5B%5D=" + SECRET + b"&ts=1766047124",
        b"auth[application_token][0]=x&auth[ACCESS_TOKEN]=" + SECRET,
        b"refresh_token=" + SECRET + b"&access_token=" + SECRET,
        b'{"auth":{"access_token":"' + SECRET + b'","ts":"1"}}',
        b'{"auth":{"application_token" : "a\\"b' + SECRET + b'"}}',
        b'{"refresh_token":["x", "' + SECRET + b'"]}',
        b'{"refresh_token":' + SECRET + b"}",
        b'{"access_token":"' + SECRET,
        b'"{\\"access_token\\":\\"' + SECRET + b'\\"}"',
    ],
)
def test_no_key_is_kept(body: bytes) -> None:
    kept = keepable(body)
    assert SECRET.decode() not in kept
    assert "[removed]" in kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"event=A&data[FIELDS][ID]=7405", "event=A&data[FIELDS][ID]=7405"),
        ('{"text":"спасибо, 9 👍"}'.encode(), '{"text":"спасибо, 9 👍"}'),
        (b"\xff\xfe9", "\\xff\\xfe9"),
        (b"a\0b", "a\\x00b"),
        (b"", ""),
        (b"auth[application_token]=x&ts=17", "auth[application_token]=[removed]&ts=17"),
        (b'{"access_token":"x","ts":17}', '{"access_token":"[removed]","ts":17}'),
    ],
)
def test_the_rest_is_kept(body: bytes, kept: str) -> None:
    assert keepable(body) == kept
