"""Where a visitor may be sent, and where never."""

import pytest

from redirect.targets import location


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("https://yandex.kz/maps/org/1/reviews?a=b#c", b"https://yandex.kz/maps/org/1/reviews?a=b#c"),
        ("https://g.page/r/x/review", b"https://g.page/r/x/review"),
        ("https://2gis.kz/алматы/x%20y", b"https://2gis.kz/%D0%B0%D0%BB%D0%BC%D0%B0%D1%82%D1%8B/x%20y"),
        ("https://шины.рф/x", b"https://xn--h1ak5ao.xn--p1ai/x"),
        ("https://example.com:8443/x", b"https://example.com:8443/x"),
        ("http://127.0.0.1:9000/map", b"http://127.0.0.1:9000/map"),
        ("http://localhost/map", b"http://localhost/map"),
        ("http://[::1]:9000/map", b"http://[::1]:9000/map"),
        ("http://example.com/", None),
        ("http://127.0.0.1.evil.example/", None),
        ("http://localhost@evil.example/", None),
        ("https://yandex.kz@evil.example/", None),
        ("https://user:pass@yandex.kz/", None),
        ("//evil.example", None),
        ("/relative", None),
        ("", None),
        ("https:", None),
        ("https:///x", None),
        ("https:evil.example", None),
        ("\\\\evil.example", None),
        ("https:\\\\evil.example", None),
        ("https://yandex.kz\\@evil.example/", None),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt://yandex.kz/%0aalert(1)", None),
        ("data:text/html,x", None),
        ("ftp://yandex.kz/", None),
        ("https://yandex.kz/\r\nSet-Cookie: a=b", None),
        ("https://yandex.kz/\nx", None),
        ("https://yandex.kz/\0", None),
        (" https://yandex.kz/", None),
        ("https://yandex.kz/\u2028x", None),
        ("https://[::1", None),
        ("https://yandex.kz:99999/", None),
        ("https://" + "я" * 300 + ".рф/", None),
    ],
)
def test_location(target: str, place: bytes | None) -> None:
    assert location(target) == place
