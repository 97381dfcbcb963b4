"""What the channel's own words about a message mean: why it was refused, or how far it has come.

Refusals arrive in-band, as `system` messages with a human text (Webhooks (POST)); neither these texts nor the
values of `gateway_status` stand in the vendor's pages, so every installation may add its own.
"""

import re
from typing import Literal

from pydantic import Field, field_validator

from qc_engine.settings import Section

READ_NOTICE = "read_notice"  # no refusal at all: the client opened the message
CODE = re.compile(r"[a-z][a-z0-9_]{2,39}")


def compiled(pattern: str) -> str:
    """The pattern itself. Raises ValueError when it is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"не регулярное выражение: {problem}") from problem
    return pattern


class Refusal(Section):
    """One way to recognise a refusal in the channel's own words."""

    pattern: str = Field(min_length=1, description="Регулярное выражение, регистр не важен")
    code: str = Field(
        description="Что это значит: window_closed, no_account, blocked, template_problem, spam_limit, "
        "channel_off, read_notice (не отказ) или своё слово латиницей"
    )
    say: str = Field("", max_length=300, description="Как сказать об этом людям; пусто: словами программы")

    _compiles = field_validator("pattern")(compiled)

    @field_validator("code")
    @classmethod
    def _one_word(cls, code: str) -> str:
        if not CODE.fullmatch(code):
            raise ValueError("нужно слово латиницей: строчные буквы, цифры и _, от 3 до 40 знаков")
        return code


# The first one that fits decides, so the more telling ones stand first.
DEFAULT_REFUSALS = tuple(
    Refusal(pattern=pattern, code=code, say="")
    for pattern, code in (
        (
            r"\b131047\b|24 hours (have )?passed|approved whatsapp templates|24[- ]?час|24 ч\b",
            "window_closed",
        ),
        (
            r"\b131026\b|not? (a )?(valid |registered )?(on )?whatsapp|not registered|no ?account"
            r"|invalid (phone|number)"
            r"|нет whatsapp|не зарегистрирован|не найден в whatsapp|номер не существует",
            "no_account",
        ),
        (r"blacklist|blocked|ч[её]рн\w+ спис|заблокир", "blocked"),
        (r"\b13200[01]\b|\btemplate|шаблон", "template_problem"),
        (
            r"\b(131048|131049|131056|130429)\b|\bspam|rate limit|too many messages|marketing limit"
            r"|спам|лимит",
            "spam_limit",
        ),
        (
            r"channel (is )?(off|disabled|disconnected|not (connected|active))|not authori[sz]ed"
            r"|session (closed|expired)"
            r"|канал (отключ|не подключ|не актив)|сессия (закрыта|истекла)",
            "channel_off",
        ),
        (r"\bread\b|\bseen\b|прочитан|просмотрен", READ_NOTICE),
    )
)


class StatusWord(Section):
    """One way to recognise how far a message has come."""

    pattern: str = Field(min_length=1, description="Регулярное выражение, регистр не важен")
    state: Literal["sent", "delivered", "read"] = Field(description="sent, delivered или read")

    _compiles = field_validator("pattern")(compiled)


DEFAULT_FAILED = (
    r"fail|error|undeliver|not.?deliver|reject|blocked|expired|no_?account|не.?доставл|отклон|ошибк"
)
DEFAULT_STATUS_WORDS = (
    StatusWord(pattern=r"read|seen|viewed|played|прочитан|просмотрен", state="read"),
    StatusWord(pattern=r"deliver|доставл", state="delivered"),
    StatusWord(pattern=r"\bsent\b|отправлен", state="sent"),
)


def refusal_in(text: str, known: tuple[Refusal, ...]) -> Refusal | None:
    """The first known refusal in the text; None for words that nobody has described."""
    return next((one for one in known if re.search(one.pattern, text, re.IGNORECASE)), None)


def state_in(status: str, failed: str, known: tuple[StatusWord, ...]) -> str:
    """failed, read, delivered, sent, or '' for a value that nobody has described."""
    # 'undelivered' contains 'delivered', so failures are looked for first.
    if re.search(failed, status, re.IGNORECASE):
        return "failed"
    return next((one.state for one in known if re.search(one.pattern, status, re.IGNORECASE)), "")
