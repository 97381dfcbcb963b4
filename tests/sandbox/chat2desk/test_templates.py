"""Golden rows of the @HSM@ grammar."""

import pytest

from sandbox.chat2desk.templates import BadTemplate, Markup, Templates, parse


@pytest.mark.parametrize(
    ("transport", "text", "markup"),
    [
        ("wa_direct", "@HSM@\nverifycode|es\n123456\nvar2", Markup("verifycode", "es", ("123456", "var2"))),
        ("wa_gupshup", "@HSM@\nclaims_13|ru", Markup("claims_13", "ru")),
        ("wa_direct", "@HSM@\r\nx|es_mx\r\n\r\nИван\r\n7\r\n", Markup("x", "es_mx", ("Иван", "7"))),
        ("wa_direct", "@HSM@\nx|ru\n\n", Markup("x", "ru")),
        (
            "wa_dialog",
            "@HSM@\nx|ru\nheader|text|Шапка\nbody|text|Иван|7\nfooter|text|Подпись",
            Markup("x", "ru", ("Иван", "7"), "Шапка", "Подпись"),
        ),
        (
            "wa_dialog",
            "@HSM@\nx|ru|media\nheader|image\nbody|text|Иван",
            Markup("x", "ru", ("Иван",), medium="image"),
        ),
        ("wa_dialog", "@HSM@\nx|ru", Markup("x", "ru")),
    ],
)
def test_grammar(transport: str, text: str, markup: Markup) -> None:
    assert parse(text, transport) == markup


@pytest.mark.parametrize(
    ("transport", "text"),
    [
        ("wa_direct", "@HSM@"),
        ("wa_direct", "@HSM@\n\nx|ru"),
        ("wa_direct", "@HSM@ x|ru"),
        ("wa_direct", "@HSM@\nx"),
        ("wa_direct", "@HSM@\n|ru"),
        ("wa_direct", "@HSM@\nx|ru|what"),
        ("wa_dialog", "@HSM@\nx|ru\nИван"),
        ("wa_dialog", "@HSM@\nx|ru\nbody"),
        ("wa_dialog", "@HSM@\nx|ru\nbody|text|a\nbody|text|b"),
        ("wa_dialog", f"@HSM@\nx|ru\nheader|text|{'ы' * 61}"),
    ],
)
def test_bad_markup(transport: str, text: str) -> None:
    with pytest.raises(BadTemplate, match="template"):
        parse(text, transport)


def test_oldest_form() -> None:
    markup = parse("@HSM@\nvisit\nFirst line\nSecond", "wa_direct", full_text=True)
    assert Templates().render(markup) == "First line\nSecond"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (Markup("ask", "ru", ("Иван", "7")), "Иван: 7, Иван"),
        (Markup("ask", "ru", ("{{2}}", "7")), "{{2}}: 7, {{2}}"),
        (Markup("ask", "ru", ("a", "b"), "H", "F"), "H\na: b, a\nF"),
    ],
)
def test_render(markup: Markup, text: str) -> None:
    templates = Templates()
    templates.add("ask", "ru", "{{1}}: {{2}}, {{1}}")
    assert templates.render(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        Markup("other", "ru", ("a", "b")),
        Markup("ask", "kk", ("a", "b")),
        Markup("ask", "ru", ("a",)),
        Markup("ask", "ru", ("a", "b", "c")),
        Markup("ask", "ru", ("a", " ")),
        Markup("ask", "ru", ("a", "b" * 1025)),
    ],
)
def test_provider_refuses(markup: Markup) -> None:
    templates = Templates()
    templates.add("ask", "ru", "{{1}}: {{2}}")
    with pytest.raises(BadTemplate):
        templates.render(markup)
