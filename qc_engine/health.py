"""What `doctor` looks at: our own parts first, then what every connector says of itself."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.mail.client import Post
from qc_engine.clock import SystemClock
from qc_engine.core.place import differs
from qc_engine.ports import Broken, Connector, Finding, OutcomeUnknown, Refused, TryLater
from qc_engine.store import place, recounting, snapshots, workers
from qc_engine.store.database import Database
from qc_engine.web.oidc.provider import Provider, Unreachable
from qc_engine.wiring import Installation, clock_of, doors_of, keeping, read_scenarios, soundness
from qc_engine.wiring.place import standing_of

MOST_SKEW = 2.0  # s


def findings(settings: Installation) -> Sequence[Finding]:
    """Database, scenarios, then each connector and the mail server; a failing look is a finding, not an end.

    The engine itself is not put together: it would stop at the first name that the portal does not have.
    Raises BadScenarios.
    """
    database = Database(settings.database_url)
    found = own_findings(settings, database)
    if not found[0].ok:
        return found
    return [
        *found,
        *soundness.findings(database),
        _rollups(database),
        *_place(settings, database),
        *keeping.findings(settings, database),
        *_backups(settings, database),
        *_workers(database),
        *asked(settings, doors_of(settings, database, clock_of(settings))),
    ]


def own_findings(settings: Installation, database: Database) -> Sequence[Finding]:
    """Our own parts, the database first: nobody outside is asked. Raises BadScenarios."""
    return [soundness.opened(database), _scenarios(settings)]


def _rollups(database: Database) -> Finding:
    with database.reading() as session:
        wrong = recounting.differing(session)
    if wrong:
        months = ", ".join(f"{month:%m.%Y}" for month in wrong)
        told = f"Суммы аналитики разошлись с фактами: {months}"
        return Finding(False, told, "Пересчитайте их: qc db recount")
    return Finding(True, "Суммы аналитики сходятся с фактами")


def _place(settings: Installation, database: Database) -> Iterator[Finding]:
    """Nothing before the first start."""
    with database.reading() as session:
        known = place.known(session)
    if known is None:
        return
    standing = standing_of(settings, database)
    if differs(known.place, standing.here):
        told = f"База принесена с другого места ({known.place.address}): ничего не отправляется"
        remedy = "Установка переехала: qc installation moved. Это копия для проб: qc installation copy"
        yield Finding(False, told, remedy)
    elif known.is_trial:
        open_doors = ", ".join(sorted(standing.sandboxed)) or "ни одна"
        yield Finding(True, f"Это копия для проб: открыты только песочницы этой машины ({open_doors})")
    else:
        yield Finding(True, f"Установка {known.id}, её место {known.place.address}")


def _backups(settings: Installation, database: Database) -> Iterator[Finding]:
    """Nothing where nobody wants them from us."""
    if settings.backup.folder is None:
        return
    with database.reading() as session:
        last = snapshots.last(session)
    if last is None or clock_of(settings).now() - last > settings.backup.too_old:
        told = f"Последняя копия базы от {last:%d.%m.%Y %H:%M} UTC" if last else "Копии базы ещё нет"
        remedy = (
            f"Есть ли место и право писать в {settings.backup.folder}? Копии делает рабочий процесс: qc run"
        )
        yield Finding(False, told, remedy)
    else:
        yield Finding(True, f"Последняя копия базы от {last:%d.%m.%Y %H:%M} UTC, проверена")


def _workers(database: Database) -> Iterator[Finding]:
    """Nothing before the first start; whoever ends in order is not missed."""
    with database.reading() as session:
        seen = workers.seen(session, workers.moment(session, SystemClock()))
    living = [one.worker for one in seen if one.lives]
    if living:
        told = ", ".join(f"{one.host} ({one.pid})" for one in living)
        yield Finding(True, f"Рабочих процессов: {len(living)}: {told}")
    elif seen:
        last = max(one.at for one in seen)
        yield Finding(False, f"Никто не работает с {last:%d.%m.%Y %H:%M} UTC", "Запустите: qc run")
    if len({one.key for one in living}) > 1:
        told = "Рабочие процессы запущены с разными ключами: что записал один, другой не прочтёт"
        yield Finding(False, told, "Дайте всем процессам один и тот же QC_SECRET_KEY")
    for one in living:
        if abs(one.skew) > MOST_SKEW:
            remedy = "Включите на этой машине сверку времени (NTP): по её часам решается, что пора"
            yield Finding(False, f"Часы {one.host} расходятся с базой на {one.skew:+.1f} с", remedy)


def asked(settings: Installation, connectors: Sequence[Connector]) -> Sequence[Finding]:
    """What every connector and the mail server say of themselves; they may take their time."""
    several = len(settings.portals) > 0
    found = [one for connector in connectors for one in _of(connector, several)]
    return [*found, *_mail(settings), *_provider(settings)]


def _provider(settings: Installation) -> Sequence[Finding]:
    """Of people's sign-in: reads what it says of itself."""
    if settings.console_oidc is None:
        return ()
    try:
        Provider(settings.console_oidc, "").try_out(SystemClock().now())
    except Unreachable as trouble:
        remedy = "Проверьте issuer раздела console_oidc; по паролю войти можно"
        return [Finding(False, f"Поставщик входа: {trouble}", remedy)]
    return [Finding(True, f"Поставщик входа отвечает: {settings.console_oidc.issuer}")]


def _mail(settings: Installation) -> Sequence[Finding]:
    """Signs in and sends nothing."""
    if settings.mail is None:
        return ()
    try:
        Post(settings.mail).try_out()
    except (TryLater, Broken) as trouble:
        remedy = "Проверьте раздел mail в config.yaml и пароль QC_MAIL__PASSWORD"
        return [Finding(False, f"Почта: {settings.mail.host} не пускает: {trouble}", remedy)]
    to = ", ".join(settings.weekly_report.to)
    told = f"отчёт за неделю получают: {to}" if to else "отчёт за неделю не отправляется: weekly_report пуст"
    return [Finding(True, f"Почта: вход на {settings.mail.host} есть; {told}")]


def _of(connector: Connector, several: bool) -> Sequence[Finding]:
    whose = f"{connector.portal}: " if several and connector.portal else ""
    whose = f"{connector.way}: " if connector.way else whose
    try:
        return [replace(one, what=f"{whose}{one.what}") for one in connector.doctor()]
    except (TryLater, Refused, Broken, OutcomeUnknown) as trouble:
        return [Finding(False, f"{connector.name} не отвечает: {trouble}", "Проверьте его адрес и секреты")]


def _scenarios(settings: Installation) -> Finding:
    return Finding(True, f"Сценарии: {', '.join(read_scenarios(settings))}")
