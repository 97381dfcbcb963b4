"""Golden texts: what each transport gets for a template."""

import pytest

from connectors.chat2desk.templates import written
from qc_engine.core.effects import SendMessage, Template
from qc_engine.ports import Refused

SURVEY = Template("service_quality", "ru", ("Иван", "10245"))
TEXT = "Здравствуйте, Иван! Оцените работу."


def message(template: Template | None = SURVEY) -> SendMessage:
    return SendMessage("77011234567", TEXT, "question", template=template)


@pytest.mark.parametrize(
    ("transport", "grammar", "golden"),
    [
        ("wa_direct", "", "@HSM@\nservice_quality|ru\nИван\n10245"),
        ("wa_gupshup", "", "@HSM@\nservice_quality|ru\nИван\n10245"),
        ("wa_direct", "lines_after_blank", "@HSM@\nservice_quality|ru\n\nИван\n10245"),
        ("wa_dialog", "", "@HSM@\nservice_quality|ru\nbody|text|Иван|10245"),
        ("wa_dialog", "lines", "@HSM@\nservice_quality|ru\nИван\n10245"),
        ("wa_infobip", "full_text", f"@HSM@\nservice_quality\n{TEXT}"),
        ("wa_cm", "@HSM@\n{name}\n{language}\n{variables}", "@HSM@\nservice_quality\nru\nИван\n10245"),
        ("whatsapp", "", TEXT),
        ("whatsapp", "lines", TEXT),
        ("telegram", "", TEXT),
    ],
)
def test_golden(transport: str, grammar: str, golden: str) -> None:
    assert written(message(), transport, grammar) == golden


@pytest.mark.parametrize("transport", ["wa_direct", "wa_dialog", "whatsapp"])
def test_without_a_template_the_text_goes_as_it_is(transport: str) -> None:
    assert written(message(None), transport) == TEXT


@pytest.mark.parametrize(
    ("variables", "transport", "golden"),
    [
        ((), "wa_direct", "@HSM@\nt|ru"),
        ((), "wa_dialog", "@HSM@\nt|ru\nbody|text"),
        (("Иван\nПётр", "  a\t b "), "wa_direct", "@HSM@\nt|ru\nИван Пётр\na b"),
        (("", "2"), "wa_direct", "@HSM@\nt|ru\n-\n2"),
        (("a|b", "c"), "wa_dialog", "@HSM@\nt|ru\nbody|text|a/b|c"),
        (("a|b",), "wa_direct", "@HSM@\nt|ru\na|b"),
        (("{text}", "{name}"), "wa_direct", "@HSM@\nt|ru\n{text}\n{name}"),
    ],
)
def test_a_variable_cannot_break_the_markup(variables: tuple[str, ...], transport: str, golden: str) -> None:
    assert written(message(Template("t", "ru", variables)), transport) == golden


@pytest.mark.parametrize(("name", "language"), [("a|b", "ru"), ("", "ru"), ("a\nb", "ru"), ("a", "ru\n")])
def test_an_impossible_name_is_refused(name: str, language: str) -> None:
    with pytest.raises(Refused) as refused:
        written(message(Template(name, language)), "wa_direct")
    assert refused.value.code == "template_problem"
