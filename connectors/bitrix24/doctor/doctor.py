"""Is this portal set up as config.yaml and the scenarios believe? Every finding says what to do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connectors.bitrix24.calls.client import Answer, Client, Command
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.doctor.judging import Judging
from connectors.bitrix24.doctor.rights import missing_scopes, unavailable, unread
from connectors.bitrix24.doctor.wanted import Wanted
from connectors.bitrix24.names.book import Book
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.directory_reading import read_directory
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_map, as_text, as_time
from qc_engine.clock import Clock
from qc_engine.ports import Broken, Finding, OutcomeUnknown, Refused, TryLater

LARGEST_SKEW = timedelta(minutes=2)
FAILURES = (TryLater, Refused, Broken, OutcomeUnknown)
# What the connector cannot work without; an old box may lack some of it.
METHODS = (
    "crm.item.list", "crm.item.update", "crm.item.add", "crm.stagehistory.list", "crm.timeline.comment.add",
    "tasks.task.add", "tasks.task.list", "tasks.task.complete", "tasks.task.renew", "tasks.task.update",
    "im.notify.system.add",
)  # fmt: skip
REACH_REMEDY = (
    "Проверьте адрес и права входящего вебхука и тариф портала: Разработчикам → Другое → Входящий вебхук"
)
OAUTH_REMEDY = "Подключите приложение заново: qc bitrix24 connect; проверьте, что оно установлено на портале"


class Doctor:
    """Reads the portal in three or four requests, and changes nothing."""

    def __init__(
        self,
        client: Client,
        settings: Bitrix24Settings,
        clock: Clock,
        book: Book,
        wanted: Wanted | None = None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._book = book
        self._wanted = wanted or Wanted()
        self._remedy = OAUTH_REMEDY if settings.oauth else REACH_REMEDY

    def findings(self) -> Sequence[Finding]:
        """The way in, its rights, then every name. Faults of all kinds are told at once."""
        try:
            answers = dict(zip(_QUESTIONS, self._client.read_batch(_COMMANDS), strict=True))
            directory = read_directory(
                self._client, self._settings, self._book, self._clock.now(), self._book.directory
            )
        except FAILURES as failure:
            return [*self._token(), Finding(False, f"Битрикс24 не отвечает: {failure}", self._remedy)]
        return [
            *self._token(), *self._renamed(), self._owner(answers["profile"]),
            *self._rights(answers, directory), self._time(answers["server.time"]),
            *Judging(self._settings, directory, self._wanted).findings(),
        ]  # fmt: skip

    # --- the way in ------------------------------------------------------------------------------

    def _token(self) -> Sequence[Finding]:
        # An application is given its token when it is installed.
        if self._settings.oauth or self._settings.application_token.get_secret_value():
            return []
        what = "Токен исходящего вебхука не задан: события портала отклоняются, работает только опрос"
        return [Finding(False, what, "Впишите application_token из настроек исходящего вебхука")]

    def _renamed(self) -> Sequence[Finding]:
        new = self._client.access.renamed_to
        what = f"Портал переехал на адрес {new}: пока помогает перенаправление, но однажды его не станет"
        remedy = "Впишите новый адрес портала в oauth.portal или в адрес вебхука"
        return [Finding(False, what, remedy)] if new else []

    def _owner(self, outcome: Answer | Failure) -> Finding:
        if not isinstance(outcome, Answer):
            return self._failed("от чьего имени мы работаем", outcome)
        owner = as_map(outcome.result)
        name = f"{as_text(owner.get('NAME'))} {as_text(owner.get('LAST_NAME'))}".strip()
        who = f"Мы работаем от имени: {name or as_text(owner.get('ID'))}"
        if as_text(owner.get("ADMIN")).upper() in ("Y", "TRUE", "1"):
            return Finding(True, who)
        remedy = "Создайте вебхук (или подключите приложение) от имени администратора"
        return Finding(False, f"{who}. Это не администратор: чужие сделки и задачи ему не видны", remedy)

    def _rights(self, answers: Mapping[str, Answer | Failure], directory: Directory) -> Sequence[Finding]:
        outcome = answers["scope"]
        if not isinstance(outcome, Answer):
            return [self._failed("права", outcome), *unread(directory, self._wanted)]
        missing = missing_scopes(outcome, self._settings, self._wanted, directory)
        # Without a scope its methods are unavailable anyway.
        methods = [] if missing else unavailable({name: answers[name] for name in METHODS})
        found = [*missing, *methods, *unread(directory, self._wanted)]
        return found or [Finding(True, "Прав достаточно")]

    def _time(self, outcome: Answer | Failure) -> Finding:
        if not isinstance(outcome, Answer):
            return self._failed("время портала", outcome)
        portal = as_time(outcome.result, self._client.zone)
        if portal is None:
            return Finding(False, "Портал не назвал своего времени", "Проверьте метод server.time")
        skew = abs(portal - self._clock.now())
        what = f"Часы портала и наши расходятся на {int(skew.total_seconds())} с"
        if skew <= LARGEST_SKEW:
            return Finding(True, what)
        what += ": вопросы уйдут не вовремя, а новое может показаться старым"
        return Finding(False, what, "Включите на сервере синхронизацию времени (NTP)")

    def _failed(self, what: str, failure: Failure) -> Finding:
        return Finding(False, f"Не удалось узнать: {what} ({failure})", self._remedy)


_QUESTIONS = ("profile", "scope", "server.time", *METHODS)
_COMMANDS = [
    *(Command(method) for method in _QUESTIONS[:3]),
    *(Command("method.get", {"name": method}) for method in METHODS),
]
