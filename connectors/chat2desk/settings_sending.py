"""The part of the section `chat2desk` that says how messages leave, and how many of them."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from connectors.chat2desk.templates import GRAMMARS, MARK
from qc_engine.settings import Section, Span

LONGEST_EDGE = 60  # of a template's header or footer


class TemplateParts(Section):
    """What a WhatsApp template has beside its body."""

    header: Literal["", "text", "image", "document", "video"] = Field(
        "", description="Вид заголовка; пусто: нет"
    )
    header_text: str = Field("", max_length=LONGEST_EDGE, description="Слова заголовка вида text")
    url: str = Field("", description="Прямая ссылка https на картинку, видео или документ заголовка")
    filename: str = Field("", max_length=100, description="Имя файла, каким его увидит клиент")
    footer: str = Field("", max_length=LONGEST_EDGE, description="Слова под текстом")

    @model_validator(mode="after")
    def _is_whole(self) -> "TemplateParts":
        if (self.header == "text") != bool(self.header_text):
            raise ValueError("header_text нужен заголовку вида text, и только ему")
        if (self.header in ("image", "document", "video")) != bool(self.url):
            raise ValueError("url нужен заголовку вида image, document или video, и только ему")
        return self

    @field_validator("url")
    @classmethod
    def _direct(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme != "https" or not parts.hostname or parts.username):
            raise ValueError("нужна прямая ссылка https")
        return url

    @field_validator("header_text", "filename", "footer")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if "\n" in text or "|" in text:
            raise ValueError("нужна одна строка без знака |")
        return text


class SendingSettings(Section):
    """How a message is written, and what keeps the number from being banned."""

    message_type: Literal["to_client", "autoreply"] = Field(
        "to_client", description="Вид сообщения: to_client (голос оператора) или autoreply (голос бота)"
    )
    open_dialog: bool = Field(False, description="Открывать ли операторам диалог при отправке")
    attachments: bool = Field(
        True,
        description="Слать файл вложением; false: адрес файла встанет в текст (берут не все мессенджеры)",
    )
    operator_id: int = Field(
        0, ge=0, description="Номер оператора «Качество», от чьего имени идут опросы; 0: ни от чьего"
    )
    template_grammar: str = Field(
        "",
        description="Запись шаблона WhatsApp: lines, lines_after_blank, dialog360, full_text "
        "или своя, начиная с @HSM@; пусто: по транспорту",
    )
    template_parts: dict[str, TemplateParts] = Field(
        default_factory=dict, description="Заголовки и подписи шаблонов: имя шаблона -> что в нём есть"
    )
    template_list: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9_/-]+)?$",
        description="Путь списка шаблонов WhatsApp в API, например /v1/wa_templates; пусто: не проверять",
    )
    approved_status: str = Field(
        r"^(approved|active|enabled|одобрен\w*)$",
        min_length=1,
        description="Какой status шаблона в этом списке значит, что он одобрен (регулярное выражение)",
    )
    question_buttons: tuple[str, ...] = Field(
        (), max_length=11, description="Кнопки под вопросами без шаблона: их слова, например ['1', '2', '3']"
    )
    buttons_in: Literal["keyboard", "inline_buttons"] = Field(
        "keyboard", description="Каким полем Chat2Desk принимает кнопки: keyboard или inline_buttons"
    )

    daily_cap: int = Field(
        0,
        ge=0,
        description="Сколько разговоров начинать за день, не больше (ответы не в счёт); 0: без предела",
    )
    min_spacing: Span = Field(
        timedelta(), description="Пауза между началами разговоров, не меньше; к ней добавляется до половины"
    )
    timezone: str = Field("", description="Часовой пояс, по которому считается день; пусто: компании")
    same_text_within: Span = Field(
        timedelta(minutes=10),
        description="Столько времени один и тот же шаблон одному клиенту не повторяется",
    )
    stop_after: int = Field(
        5,
        ge=0,
        description="После стольких отказов канала за час новых разговоров не начинать; 0: не следить",
    )

    busy_check: Literal["off", "doubt", "always"] = Field(
        "off",
        description="Спрашивать ли перед отправкой, не говорит ли с клиентом оператор: off (хватает "
        "вебхуков), doubt (если о клиенте давно не было вестей), always; каждый вопрос стоит запроса",
    )
    busy_pause: Span = Field(
        timedelta(hours=2), description="На сколько отложить сообщение, если оператор в разговоре"
    )
    busy_tries: int = Field(
        6, ge=1, le=100, description="Сколько раз откладывать: забытый диалог не держит опрос вечно"
    )

    @field_validator("template_grammar")
    @classmethod
    def _known_grammar(cls, grammar: str) -> str:
        if grammar and grammar not in GRAMMARS and not grammar.startswith(MARK):
            raise ValueError(f"неизвестная запись; есть: {', '.join(GRAMMARS)} или своя с @HSM@ в начале")
        return grammar

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise ValueError("неизвестный часовой пояс; пример: Asia/Almaty")
        return zone

    @field_validator("question_buttons")
    @classmethod
    def _short(cls, buttons: tuple[str, ...]) -> tuple[str, ...]:
        if any(not text.strip() or len(text) > 20 for text in buttons) or len(set(buttons)) < len(buttons):
            raise ValueError("слова кнопок: разные, от 1 до 20 знаков")
        return buttons
