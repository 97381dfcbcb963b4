"""Words that only a person can answer: a question, a wish to be called back."""

import re

PERSON = re.compile(
    r"(?i)\b(оператор|менеджер|администратор|нужен человек|живо\w+ человек|перезвон\w*|позвоните|свяжитесь"
    r"|қоңырау шал|хабарлас\w*|call me|human|operator|manager)"
)


def wants_a_person(text: str) -> bool:
    """'А вы кто?', 'позовите менеджера': only a person can answer that."""
    asks = "?" in text and any(sign.isalpha() for sign in text.partition("?")[0])
    return asks or PERSON.search(text) is not None
