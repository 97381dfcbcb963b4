"""config.yaml plus the environment, as typed values."""

import re
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

Day = date  # a field may be called date, and must not hide the type from its neighbours
DAY = re.compile(r"^(?:(\d{4})-)?(\d\d)-(\d\d)$")
BY_THEMSELVES, BY_HAND = "by_themselves", "by_hand"
EMBEDDED, PROCRASTINATE = "embedded", "procrastinate"
UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "day": 86400, "week": 604800}
LEAST_TOKEN = 16  # signs
SHORTEST_KEEP = (timedelta(days=14), "until then a fault may still be looked into")
SHORTEST_KEEPS = {
    "events": (timedelta(days=30), "until then a sender may repeat itself, and a backup be restored"),
    "stories": (timedelta(days=60), "until then clients and managers still come back to them"),
    "audit": (timedelta(days=365), "it says who did what, long after"),
}
OFTENEST_BACKUP = timedelta(minutes=10)
LONGEST = timedelta(days=36525)  # 100 years: far beyond it calendars end


def parse_span(value: object) -> timedelta:
    """'90 s', '5 min', '1 day 2 hours' -> timedelta. Raises ValueError with an example."""
    if isinstance(value, timedelta):
        return value
    words = str(value).split()
    if not words or len(words) % 2:
        raise ValueError("write a number and a unit, for example '30 s', '5 min', '1 day 2 hours'")
    span = sum((_part(*pair) for pair in zip(words[::2], words[1::2], strict=True)), timedelta())
    if span > LONGEST:
        raise ValueError(f"'{value}' is more than 100 years; write a shorter time span")
    return span


def _part(number: str, unit: str) -> timedelta:
    seconds = UNITS.get(unit) or UNITS.get(unit.removesuffix("s"))
    try:
        amount = float(number)
    except ValueError:
        amount = -1
    if seconds is None or amount < 0 or amount > 1e6:
        raise ValueError(f"'{number} {unit}' is no time span; units: s, min, hours, days, weeks")
    return timedelta(seconds=amount * seconds)


Span = Annotated[timedelta, BeforeValidator(parse_span)]


def parse_person(value: object) -> int | str:
    """A number is an id, anything else a name. Raises ValueError for a number that is no id."""
    text = " ".join(str(value).split())
    if not re.fullmatch(r"[+-]?\d+", text):
        return text
    if int(text) <= 0 or len(text) > 18:
        raise ValueError("an id is a number above 0; or write the name as the CRM shows it")
    return int(text)


UserWord = Annotated[int | str, BeforeValidator(parse_person)]


def parse_holiday(value: object) -> tuple[int, int, int]:
    """'2026-03-23', or '05-09' for every year (year 0) -> year, month, day. Raises ValueError."""
    if isinstance(value, tuple):
        return value
    found = DAY.fullmatch(str(value).strip())
    year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    try:
        date(year or 2024, month, day)  # a leap year: 02-29 is a day of some years
    except ValueError:
        raise ValueError("write a day, for example 2026-03-23, or 05-09 for every year") from None
    return year, month, day


ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def parse_mail_address(value: object) -> str:
    """Raises ValueError for what no letter could be sent to."""
    text = str(value).strip()
    if not ADDRESS.fullmatch(text) or len(text) > 254:
        raise ValueError("write an address of mail, for example owner@company.kz")
    return text


MailAddress = Annotated[str, BeforeValidator(parse_mail_address)]
Holiday = Annotated[
    tuple[int, int, int],
    BeforeValidator(parse_holiday),
    WithJsonSchema({"type": "string", "pattern": DAY.pattern, "examples": ["2026-03-23", "05-09"]}),
]


class Section(BaseModel):
    """A part of config.yaml: an unknown word is an error, not a silent no."""

    # An input may be a secret: a mistake in it must not print it.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BranchSettings(Section):
    """One service point."""

    name: str = Field(min_length=1, description="Название филиала, как его видит клиент")
    crm_value: str = Field(
        min_length=1, description="Что стоит в поле филиала у сделки: значение из списка, название или номер"
    )
    head: UserWord = Field(
        "", description="Руководитель филиала: имя и фамилия в CRM или номер; пусто: руководитель department"
    )
    department: str = Field("", description="Подразделение CRM: его руководитель отвечает за филиал")
    manager: UserWord = Field(
        "", description="Менеджер, который проверяет отзывы: имя и фамилия или номер; пусто: руководитель"
    )
    timezone: str = Field(description="Часовой пояс, например Asia/Almaty")
    review_pages: dict[str, str] = Field(
        default_factory=dict, description="Площадка -> адрес страницы отзывов этого филиала"
    )

    holidays: list[Holiday] = Field(
        default_factory=list, description="Праздники этого филиала, кроме общих: 2026-03-23 или 05-09"
    )

    @model_validator(mode="after")
    def _has_a_head(self) -> "BranchSettings":
        if not (self.head or self.department):
            raise ValueError("name the branch's head, or the department whose head it is")
        return self


class Acknowledged(Section):
    """A person takes it upon himself that a scenario goes against a rule of a platform."""

    rule: str = Field(description="Какое правило, как его называет qc check, например google/reward")
    by: str = Field(min_length=3, description="Кто это решил: имя и фамилия")
    reason: str = Field(min_length=10, description="Почему так решено, своими словами")
    date: Day = Field(description="Когда решено, например 2026-11-22")
    until: Day | None = Field(None, description="До какого дня решение в силе; не указан: год от date")
    scenario: str = Field("", description="Для какого сценария; не указан: для всех")


class Timings(Section):
    """How often, how long. Seconds are allowed everywhere, so that a trial takes a minute."""

    tick: Span = Field(timedelta(seconds=1), description="Как часто просматриваются очереди")
    lease: Span = Field(timedelta(seconds=180), description="Сколько задание числится за одним исполнителем")
    settle: Span = Field(
        timedelta(minutes=2), description="Через сколько смотреть второй раз, сделано ли неясное"
    )
    retry_first: Span = Field(timedelta(seconds=5), description="Первая пауза перед повтором")
    retry_longest: Span = Field(timedelta(minutes=15), description="Самая длинная пауза перед повтором")
    hold: Span = Field(timedelta(seconds=3), description="Сколько ответ ждёт, пока вопрос ещё уходит")
    operator_recheck: Span = Field(
        timedelta(minutes=10), description="Как часто смотреть, закончил ли оператор разговор"
    )
    broken_recheck: Span = Field(
        timedelta(minutes=5), description="Как часто пробовать снова, когда вход в систему закрыт"
    )


class Links(Section):
    """Short links to review pages."""

    lifetime: Span | None = Field(None, description="Сколько живёт ссылка; пусто: всегда")
    picture: str = Field(
        "",
        pattern="^(https://.*)?$",
        description="Картинка, которую мессенджеры покажут рядом со ссылкой (https)",
    )
    machine_ranges: list[IPv4Network | IPv6Network] = Field(
        default_factory=list,
        description="Адреса, с которых ссылки открывают только машины, кроме известных: 203.0.113.0/24",
    )
    check_pages: bool = Field(True, description="Раз в день смотреть, открываются ли страницы отзывов")


class Keep(Section):
    """For how long is kept what nothing is decided by; a span that is not given: for ever."""

    raw_bodies: Span | None = Field(
        None, description="Сколько хранить тела вебхуков, какими они пришли; пусто: всегда. Не меньше 14 дней"
    )
    visitors: Span | None = Field(
        None,
        description="Сколько хранить, какой программой и с какого (скрытого) адреса открыли ссылку; "
        "пусто: всегда. Не меньше 14 дней",
    )

    events: Span | None = Field(
        None,
        description="Сколько хранить события, которые не относятся ни к одному делу (чужие сделки, слова "
        "незнакомых); пусто: всегда. Не меньше 30 дней; сам факт, что событие было, остаётся",
    )
    stories: Span | None = Field(
        None,
        description="Сколько после конца дела хранить его решения и события; пусто: всегда. Не меньше 60 "
        "дней; оценки, сообщения и итог остаются",
    )
    webhooks: Span | None = Field(
        None,
        description="Сколько хранить, что сказано в доставленных исходящих вебхуках; пусто: всегда. "
        "Не меньше 14 дней",
    )
    audit: Span | None = Field(
        None,
        description="Сколько хранить журнал действий в консоли; пусто: всегда. Не меньше 365 дней",
    )

    @field_validator("*")
    @classmethod
    def _is_long_enough(cls, span: timedelta | None, info: ValidationInfo) -> timedelta | None:
        least, why = SHORTEST_KEEPS.get(info.field_name or "", SHORTEST_KEEP)
        if span is not None and span < least:
            raise ValueError(f"{least.days} days or more: {why}")
        return span


class Backups(Section):
    """Backups that the engine makes by itself, each checked."""

    folder: Path | None = Field(
        None, description="Папка для копий, лучше на другом диске; пусто: сами копии не делаются"
    )
    every: Span = Field(timedelta(hours=6), description="Как часто делать копию; не чаще раза в 10 минут")
    keep: int = Field(14, ge=1, le=1000, description="Сколько последних копий хранить")

    @field_validator("every")
    @classmethod
    def _is_not_too_often(cls, span: timedelta) -> timedelta:
        if span < OFTENEST_BACKUP:
            raise ValueError("10 min or more: each is a whole copy of the database")
        return span

    @property
    def too_old(self) -> timedelta:
        """A last backup of this age says that one was missed."""
        return 2 * self.every


class Traces(Section):
    """Where the road of every event is told, by OpenTelemetry."""

    endpoint: str = Field(
        "",
        description="Адрес приёмника трасс (OTLP/HTTP), например http://host:4318/v1/traces; пусто: их нет "
        "(pip install 'qc-engine[traces]')",
    )
    token: SecretStr = Field(
        SecretStr(""), description="Ключ приёмника: уходит в заголовке Authorization: Bearer"
    )
    share: float = Field(
        1.0, gt=0, le=1, description="Какую долю случаев рассказывать: 0.1 значит каждый десятый"
    )

    @field_validator("endpoint")
    @classmethod
    def _is_an_address_without_a_key(cls, endpoint: str) -> str:
        if endpoint and not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", endpoint):
            raise ValueError(
                "write an address such as http://collector:4318/v1/traces, without a password in it"
            )
        return endpoint


class Watch(Section):
    """What is compared each night, and when silence is an alarm."""

    reconcile_at: str = Field(
        "03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Когда ночью сверять CRM и случаи"
    )
    silence: Span = Field(
        timedelta(days=1), description="Заказы закрываются, а вопросов нет столько времени: тревога"
    )
    silence_orders: int = Field(5, ge=1, description="Сколько закрытых заказов без вопроса уже тревога")


class WeeklyReport(Section):
    """The owner's page of the week, sent by mail."""

    to: list[MailAddress] = Field(
        default_factory=list, max_length=50, description="Кому отправлять; пусто: не отправляется"
    )
    weekday: str = Field(
        "monday",
        pattern="^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$",
        description="В какой день недели; отчёт всегда о последней полной неделе",
    )
    hour: int = Field(9, ge=0, le=23, description="В котором часу, по часовому поясу компании (timezone)")
    language: str | None = Field(
        None, pattern="^(ru|kk|en)$", description="Язык письма; не указан: language компании"
    )

    @field_validator("to")
    @classmethod
    def _each_once(cls, to: list[str]) -> list[str]:
        """Two spellings of one address are one person."""
        return list({one.casefold(): one for one in to}.values())


class Settings(Section):
    """What every installation has; wiring adds one section per connector."""

    database_url: str = Field("sqlite:///var/qc.db", description="База данных")
    runner: str = Field(
        EMBEDDED,
        pattern=f"^({EMBEDDED}|{PROCRASTINATE})$",
        description="Как процессы узнают о работе: embedded, каждый смотрит в базу сам; procrastinate, ещё и "
        "подсказывают друг другу через PostgreSQL (pip install 'qc-engine[workers]')",
    )
    public_url: str = Field(description="Адрес, под которым нас видят клиенты и менеджеры")
    host: str = Field("127.0.0.1", description="На каком адресе слушать")
    port: int = Field(8080, ge=1, le=65535, description="На каком порту слушать")
    language: str = Field("ru", pattern="^(ru|kk|en)$", description="Язык сообщений и страниц")
    timezone: str = Field("Asia/Almaty", description="Часовой пояс компании")
    scenarios: Path = Field(Path("scenarios"), description="Папка со сценариями")
    scenario_changes: str = Field(
        BY_THEMSELVES,
        pattern=f"^({BY_THEMSELVES}|{BY_HAND})$",
        description="Как вступает в силу изменённый сценарий: by_themselves, сам, как только он без ошибок; "
        "by_hand, командой qc scenario activate",
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="Ключ меток и подписей; пусто: создаётся рядом с базой"
    )
    previous_secret_key: SecretStr = Field(
        SecretStr(""),
        description="Прежний secret_key, или несколько через пробел: ими ещё читается то, что зашифровано до "
        "смены ключа (qc secrets)",
    )
    answer_days: int = Field(
        60, ge=1, le=3650, description="Сколько дней страница ответа о проверке отзыва принимает ответы"
    )
    test_phones: list[str] = Field(
        default_factory=list,
        description="Телефоны своих сотрудников для проб, в международном виде: их дела помечены и не входят "
        "в аналитику, её файлы, воронку отзывов и отчёт за неделю",
    )
    erasure_days: int = Field(
        10,
        ge=1,
        le=60,
        description="За сколько рабочих дней стереть данные клиента, который просит об этом словами: столько "
        "даёт 152-ФЗ; месяц GDPR это около 20",
    )
    api_token: SecretStr = Field(SecretStr(""), description="Ключ для /api; пусто: /api выключен")
    api_requests_per_minute: int = Field(
        600,
        ge=0,
        le=100_000,
        description="Сколько запросов в минуту один ключ может прислать в /api (в каждом процессе); лишним "
        "отвечает 429 и Retry-After; 0: без предела",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Ключ для /metrics (Prometheus), от 16 знаков; пусто: /metrics выключен"
    )
    console: bool = Field(True, description="Веб-консоль для сотрудников на /console; false: её нет")
    console_two_steps: bool = Field(
        False, description="В консоль без второго шага входа (кода из приложения) не пускать никого"
    )
    clock_file: Path | None = Field(None, description="Общие часы для показа; в работе не нужны")
    branches: list[BranchSettings] = Field(min_length=1, description="Филиалы")
    fallback_branch: str = Field("", description="Филиал для сделок без филиала; пусто: первый")
    holidays: list[Holiday] = Field(
        default_factory=list,
        description="Праздники: в эти дни опросы не начинаются и не напоминают. 2026-03-23 или 05-09",
    )
    acknowledged: list[Acknowledged] = Field(
        default_factory=list,
        description="Какие предупреждения qc check о правилах площадок приняты: кем, когда и почему",
    )
    timings: Timings = Field(default_factory=lambda: Timings())
    links: Links = Field(default_factory=lambda: Links(), description="Ссылки на отзывы")
    watch: Watch = Field(default_factory=lambda: Watch(), description="Ночная сверка и тревоги")
    keep: Keep = Field(
        default_factory=lambda: Keep(), description="Сколько хранить то, что больше ничего не решает"
    )
    backup: Backups = Field(default_factory=lambda: Backups(), description="Копии базы по расписанию")
    traces: Traces = Field(default_factory=lambda: Traces(), description="Трассы для OpenTelemetry")
    weekly_report: WeeklyReport = Field(
        default_factory=lambda: WeeklyReport(), description="Отчёт за неделю письмом; нужен раздел mail"
    )

    @field_validator("test_phones")
    @classmethod
    def _are_phones(cls, phones: list[str]) -> list[str]:
        """Which one is wrong is told by its place: nobody's number stands in an error."""
        from qc_engine.phones import normalise  # only here: its tables are large, and most have no such list

        for place, phone in enumerate(phones, 1):
            if not normalise(phone):
                raise ValueError(f"number {place} of the list is no phone; write it like +7 701 555 12 34")
        return phones

    @field_validator("metrics_token")
    @classmethod
    def _is_hard_to_guess(cls, token: SecretStr) -> SecretStr:
        if 0 < len(token.get_secret_value()) < LEAST_TOKEN:
            raise ValueError(f"a token has {LEAST_TOKEN} signs or more: openssl rand -hex 16")
        return token
