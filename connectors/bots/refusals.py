"""How a messenger says that a message will never arrive, and what each wording means for a survey.

The vendors document few of their wordings, so words decide; an installation may add its own.
"""

import re

from pydantic import Field, field_validator

from qc_engine.settings import Section

CODE = r"^[a-z][a-z0-9_]{0,39}$"


class Refusal(Section):
    """One way to recognise a refusal."""

    pattern: str = Field(min_length=1, description="Регулярное выражение, регистр не важен")
    code: str = Field(
        pattern=CODE,
        description="Что это значит: blocked, no_account, spam_limit, channel_off или своё слово",
    )
    say: str = Field("", description="Как сказать об этом людям; пусто: слова мессенджера")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"не регулярное выражение: {problem}") from None
        return pattern


def refusal_in(text: str, known: tuple[Refusal, ...]) -> Refusal | None:
    """The first known refusal in the text; None for words that nobody has described."""
    return next((one for one in known if re.search(one.pattern, text, re.IGNORECASE)), None)
