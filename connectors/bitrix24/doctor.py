"""Is this portal set up as config.yaml believes? Every finding says what to do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches

from connectors.bitrix24.client import Answer, Client, Command
from connectors.bitrix24.errors import Failure
from connectors.bitrix24.names import CONTACT, DEAL, FieldNames
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.wire import as_list, as_map, as_text, as_time
from connectors.bitrix24.writing import category_of
from qc_engine.clock import Clock
from qc_engine.ports import Broken, Finding, OutcomeUnknown, Refused, TryLater

LARGEST_SKEW = timedelta(minutes=2)
# Any one of each row will do: the portal has older and newer names for the same right.
NEEDED_SCOPES = (("crm",), ("task", "tasks"), ("im",), ("user", "user_basic", "user_brief"))
REACH_REMEDY = "Проверьте адрес вебхука, его права и тариф портала: Разработчикам → Другое → Входящий вебхук"


class Doctor:
    """Reads the portal once, in as few requests as possible, and changes nothing."""

    def __init__(
        self,
        client: Client,
        settings: Bitrix24Settings,
        clock: Clock,
        names: FieldNames,
        people: Sequence[int] = (),
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._names = names
        self._people = sorted({*people, *settings.users.values()})
        self._pipelines = sorted({category_of(stage) for stage in settings.stages.values()})

    def findings(self) -> Sequence[Finding]:
        """One line per thing that was looked at."""
        try:
            answers = dict(zip(self._questions(), self._client.read_batch(self._commands()), strict=True))
        except (TryLater, Refused, Broken, OutcomeUnknown) as failure:
            return [*self._token(), Finding(False, f"Битрикс24 не отвечает: {failure}", REACH_REMEDY)]
        return [
            *self._token(),
            self._owner(answers["profile"]),
            *self._scopes(answers["scope"]),
            self._time(answers["time"]),
            *self._stages(answers),
            *self._fields(answers),
            *self._users(answers),
        ]

    def _questions(self) -> Sequence[str]:
        stages = [f"stages {number}" for number in self._pipelines]
        return [
            "profile", "scope", "time", *stages, "fields 2", "fields 3",
            *(f"user {number}" for number in self._people),
        ]  # fmt: skip

    def _commands(self) -> Sequence[Command]:
        return [
            Command("profile"),
            Command("scope"),
            Command("server.time"),
            *(Command("crm.status.list", {"filter": {"ENTITY_ID": _dictionary(n)}}) for n in self._pipelines),
            *(
                Command("crm.item.fields", {"entityTypeId": entity, **self._names.flags})
                for entity in (DEAL, CONTACT)
            ),
            *(Command("user.get", {"FILTER": {"ID": number}}) for number in self._people),
        ]

    # --- one question each -----------------------------------------------------------------------

    def _token(self) -> Sequence[Finding]:
        if self._settings.application_token.get_secret_value():
            return []
        what = "Токен исходящего вебхука не задан: события портала отклоняются, работает только опрос"
        return [Finding(False, what, "Впишите application_token из настроек исходящего вебхука")]

    def _owner(self, outcome: Answer | Failure) -> Finding:
        if not isinstance(outcome, Answer):
            return _failed("владелец вебхука", outcome)
        owner = as_map(outcome.result)
        name = f"{as_text(owner.get('NAME'))} {as_text(owner.get('LAST_NAME'))}".strip()
        is_admin = as_text(owner.get("ADMIN")).upper() in ("Y", "TRUE", "1")
        what = f"Вебхук действует от имени: {name or as_text(owner.get('ID'))}"
        remedy = "Создайте вебхук от имени администратора: иначе не видны чужие сделки и задачи"
        return Finding(is_admin, what, "" if is_admin else remedy)

    def _scopes(self, outcome: Answer | Failure) -> Sequence[Finding]:
        if not isinstance(outcome, Answer):
            return [_failed("права вебхука", outcome)]
        given = {as_text(scope) for scope in as_list(outcome.result)}
        missing = [names for names in NEEDED_SCOPES if not given & set(names)]
        if not missing:
            return [Finding(True, "Прав вебхука достаточно")]
        return [
            Finding(False, f"У вебхука нет права {names[0]}", f"Добавьте право {' или '.join(names)} вебхуку")
            for names in missing
        ]

    def _time(self, outcome: Answer | Failure) -> Finding:
        if not isinstance(outcome, Answer):
            return _failed("время портала", outcome)
        portal = as_time(outcome.result, self._client.zone)
        if portal is None:
            return Finding(False, "Портал не назвал своего времени", "Проверьте метод server.time")
        skew = abs(portal - self._clock.now())
        what = f"Часы портала и наши расходятся на {int(skew.total_seconds())} с"
        remedy = "Включите на сервере синхронизацию времени (NTP)"
        return Finding(skew <= LARGEST_SKEW, what, "" if skew <= LARGEST_SKEW else remedy)

    def _stages(self, answers: Mapping[str, Answer | Failure]) -> Sequence[Finding]:
        outcomes = {number: answers[f"stages {number}"] for number in self._pipelines}
        failed = [_failed(f"воронка {n}", o) for n, o in outcomes.items() if not isinstance(o, Answer)]
        known = {
            stage for n, outcome in outcomes.items() if isinstance(outcome, Answer)
            for stage in _stage_ids(n, outcome)
        }  # fmt: skip
        if failed:
            return failed
        return [
            _exists(f"Стадия {alias} = {stage}", stage, known, "stages")
            for alias, stage in self._settings.stages.items()
        ]

    def _fields(self, answers: Mapping[str, Answer | Failure]) -> Sequence[Finding]:
        branch = {"branch_field": self._settings.branch_field} if self._settings.branch_field else {}
        of_deal = self._known("сделки", answers["fields 2"], {**self._settings.fields, **branch}, "fields")
        contact = self._settings.contact_fields
        return [*of_deal, *self._known("контакта", answers["fields 3"], contact, "contact_fields")]

    def _known(
        self, whose: str, outcome: Answer | Failure, wanted: Mapping[str, str], section: str
    ) -> Sequence[Finding]:
        if not isinstance(outcome, Answer):
            return [_failed(f"поля {whose}", outcome)]
        fields = as_map(as_map(outcome.result).get("fields"))
        known = {*fields, *(as_text(as_map(about).get("upperName")) for about in fields.values())}
        return [
            _exists(f"Поле {whose} {alias} = {name}", name, known, section) for alias, name in wanted.items()
        ]

    def _users(self, answers: Mapping[str, Answer | Failure]) -> Sequence[Finding]:
        return [_active(number, answers[f"user {number}"]) for number in self._people]


def _dictionary(pipeline: int) -> str:
    return f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"


def _stage_ids(pipeline: int, answer: Answer) -> Sequence[str]:
    ids = [as_text(as_map(row).get("STATUS_ID")) for row in as_list(answer.result)]
    return [name if ":" in name or not pipeline else f"C{pipeline}:{name}" for name in ids]


def _exists(what: str, name: str, known: set[str], section: str) -> Finding:
    if name in known:
        return Finding(True, what)
    close = get_close_matches(name, known, n=3)
    hint = f"похожие: {', '.join(close)}" if close else f"есть: {', '.join(sorted(known)[:10]) or 'ничего'}"
    return Finding(False, f"{what}: на портале такого нет", f"Исправьте {section} в config.yaml; {hint}")


def _active(number: int, outcome: Answer | Failure) -> Finding:
    if not isinstance(outcome, Answer):
        return _failed(f"сотрудник {number}", outcome)
    rows = [as_map(row) for row in as_list(outcome.result)]
    user = next((row for row in rows if as_text(row.get("ID")) == str(number)), None)
    if user is None:
        return Finding(False, f"Сотрудника {number} на портале нет", "Исправьте его номер в config.yaml")
    name = f"{as_text(user.get('NAME'))} {as_text(user.get('LAST_NAME'))}".strip()
    is_active = as_text(user.get("ACTIVE")).upper() in ("Y", "TRUE", "1")
    remedy = "Назначьте другого: уволенному нельзя поставить задачу"
    state = "работает" if is_active else "уволен"
    return Finding(is_active, f"Сотрудник {number} ({name}): {state}", "" if is_active else remedy)


def _failed(what: str, failure: Failure) -> Finding:
    return Finding(False, f"Не удалось узнать: {what} ({failure})", REACH_REMEDY)
