"""Texts with addresses: what becomes a link, and what never does."""

import pytest

from qc_engine.web.pages.survey.links import Block, Piece, blocks

A, B = "https://qc.example/r/a", "http://qc.example/b?x=1&y=2"


def words(*pieces: str | Piece) -> Block:
    return Block([Piece(one) if isinstance(one, str) else one for one in pieces])


def link(address: str) -> Piece:
    return Piece(address, address)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", []),
        ("Спасибо!", [words("Спасибо!")]),
        ("раз\nдва\n\nтри", [words("раз\nдва"), words("три")]),
        (f"Яндекс Карты: {A}", [Block([Piece("Яндекс Карты", A)], button=True)]),
        (
            f"Оставьте отзыв:\nЯндекс Карты: {A}\n2ГИС: {B}\nСпасибо",
            [
                words("Оставьте отзыв:"),
                Block([Piece("Яндекс Карты", A)], button=True),
                Block([Piece("2ГИС", B)], button=True),
                words("Спасибо"),
            ],
        ),
        (f"Вот ({A}), и {B}.", [words("Вот (", link(A), "), и ", link(B), ".")]),
        (A, [words(link(A))]),
        (f"«{A}»", [words("«", link(A), "»")]),
        (f"Карты: сюда: {A}", [words("Карты: сюда: ", link(A))]),
        ("HTTPS://QC.example/x", [words(link("HTTPS://QC.example/x"))]),
        ("Карты: https://qc.example/кафе", [Block([Piece("Карты", "https://qc.example/кафе")], button=True)]),
    ],
)
def test_links(text: str, shown: list[Block]) -> None:
    assert blocks(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "Карты: javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///path",
        "https://yandex.ru@evil.example/",
        "https://[::1",
        "Карты: https://yandex.ru@evil.example/",
        "ftp://qc.example/",
    ],
)
def test_never_a_link(text: str) -> None:
    assert blocks(text) == [words(text)]


def test_a_long_text_takes_no_long_time() -> None:
    assert blocks("https://" * 500 + ":" * 4000 + "a: " * 1000)
