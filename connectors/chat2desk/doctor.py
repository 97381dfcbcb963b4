"""Is this account fit for surveys? Asked by people, before the first client is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from connectors.chat2desk import approval
from connectors.chat2desk.approval import Approval
from connectors.chat2desk.client import Client
from connectors.chat2desk.limits import Limits
from connectors.chat2desk.meanings import scrubbed
from connectors.chat2desk.watch import is_on, is_right, our_webhook
from connectors.chat2desk.wire import Row, moment, whole_number, words
from qc_engine.ports import Broken, Finding, OutcomeUnknown, Refused, TryLater

PERSONAL = "whatsapp"  # a telephone's own session; numbers are banned for writing to strangers
RECENT = timedelta(hours=1)
NO_HOOK_URL = "задайте public_url: по нему строится адрес вебхука"


def examine(
    client: Client,
    url: str | None,
    door: str | None,
    limits: Limits,
    approved: Approval,
    templates: Sequence[str],
) -> list[Finding]:
    """Every finding, good and bad; a check that cannot be made is a bad finding, not an error."""
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("ключ API", lambda: _account(client)),
        ("канал", lambda: _channel(client)),
        ("вебхук", lambda: _webhook(client, url, door)),
        ("метка опроса", lambda: _tag(client)),
        ("шаблоны", lambda: approval.findings(client, templates, approved.troubles())),
        ("предел в день", lambda: _limits(limits)),
    ]
    return [finding for name, check in checks for finding in _tried(name, check)]


def _tried(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(check())
    except Broken as problem:
        remedy = "проверьте token (Настройки, API), base_url и тариф Chat2Desk"
        return [Finding(False, f"{name}: доступ закрыт: {problem}", remedy)]
    except (TryLater, Refused, OutcomeUnknown) as problem:
        return [Finding(False, f"{name}: Chat2Desk не ответил: {problem}", "повторите проверку позже")]


def _account(client: Client) -> Iterator[Finding]:
    info = client.api_info()
    company, mode = words(info.get("company_name")), words(info.get("mode"))
    yield Finding(True, f"ключ API принят, компания «{company}»")
    yield Finding(True, f"запросов к API в этом месяце: {words(info.get('requests_this_month')) or '?'}")
    full = mode != "demo"
    yield Finding(full, f"режим API: {mode or '?'}", "" if full else "попросите поддержку снять режим demo")


def _channel(client: Client) -> Iterator[Finding]:
    settings = client.settings
    rows = client.channels()
    ours = next((row for row in rows if whole_number(row.get("id")) == settings.channel_id), None)
    if ours is None:
        known = ", ".join(words(row.get("id")) for row in rows) or "нет"
        yield Finding(False, f"канала {settings.channel_id} нет", f"задайте channel_id; есть: {known}")
        return
    yield Finding(True, f"канал {settings.channel_id} есть: «{words(ours.get('name'))}»")
    listed = ours.get("transports")
    transports = [words(name) for name in listed] if isinstance(listed, list) else []
    found = settings.transport in transports
    remedy = "" if found else f"задайте transport; у канала есть: {', '.join(transports) or 'ничего'}"
    yield Finding(found, f"транспорт {settings.transport} {'есть' if found else 'не подключён'}", remedy)


def _tag(client: Client) -> Iterator[Finding]:
    wanted = client.settings.survey_tag
    if not wanted:
        return
    rows = client.tags()
    ours = next((row for row in rows if whole_number(row.get("id")) == wanted), None)
    known = ", ".join(f"{words(row.get('id'))} «{words(row.get('label'))}»" for row in rows) or "нет"
    remedy = "" if ours else f"задайте survey_tag; есть: {known}"
    yield Finding(ours is not None, f"метка {wanted} {'есть' if ours else 'не найдена'}", remedy)


def _limits(limits: Limits) -> Iterator[Finding]:
    settings = limits.settings
    if settings.daily_cap:
        begun = limits.begun(limits.clock.now()).count
        said = f"разговоров начато сегодня: {begun} из {settings.daily_cap}"
        full = begun >= settings.daily_cap
        yield Finding(not full, said, "остальные начнутся завтра; предел задаёт daily_cap" if full else "")
    elif settings.transport == PERSONAL:
        remedy = "задайте daily_cap (для нового номера не больше 50) и min_spacing"
        yield Finding(False, "личный WhatsApp без предела в день: за рассылку номер блокируют", remedy)


def _errors(client: Client, ours: Row | None) -> Iterator[Finding]:
    """What Chat2Desk itself noted of calls that did not reach us."""
    number = ours and whole_number(ours.get("id"))
    mine = [one for one in client.webhook_errors() if whole_number(one.get("webhook_id")) in (None, number)]
    if not mine:
        return
    at = moment(mine[-1].get("created"))
    said = "; ".join(filter(None, (words(mine[-1].get(name)) for name in ("created", "code", "message"))))
    recent = at is not None and client.clock.now() - at < RECENT
    yield Finding(
        not recent,
        f"неудачных вызовов вебхука: {len(mine)}; последний: {scrubbed(said) or '?'}",
        "проверьте, что адрес доступен снаружи; пропущенное служба дочитает сама" if recent else "",
    )


def _webhook(client: Client, url: str | None, door: str | None) -> Iterator[Finding]:
    if url is None or door is None:
        yield Finding(False, "адрес вебхука не задан", NO_HOOK_URL)
        return
    ours = our_webhook(client.webhooks(), url, door)
    if ours is None:
        minutes = client.settings.watch_every.total_seconds() / 60
        yield Finding(
            False, "вебхук не заведён", f"служба заведёт его сама, самое позднее через {minutes:g} мин"
        )
    elif not is_on(ours, client.settings):
        yield Finding(
            False, "вебхук выключен", "служба включит его сама; проверьте, что адрес доступен снаружи"
        )
    elif not is_right(ours, url, client.settings):
        yield Finding(False, "вебхук заведён не полностью", "служба поправит его сама")
    else:
        yield Finding(True, "вебхук заведён и включён")
    yield from _errors(client, ours)
