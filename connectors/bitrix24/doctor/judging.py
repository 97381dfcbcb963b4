"""Do the names of config.yaml and of the scenarios hold on this portal? Pure, over one reading of it."""

from collections.abc import Iterator, Sequence

from connectors.bitrix24.doctor.told import SCENARIOS, Asked, told
from connectors.bitrix24.doctor.wanted import Wanted, all_asked, at_branch
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.resolving import FIELDS, Resolver
from connectors.bitrix24.settings import Bitrix24Settings
from qc_engine.ports import Finding, Refused
from qc_engine.settings import BranchSettings

ENTITIES = {kind: entity for entity, kind in FIELDS.items()}
# Whose names nobody can judge when a part was not shown; that it was not is told apart.
KINDS_OF = {
    "pipelines": ("stage",), "stages": ("stage",), "deal_fields": ("deal_field",),
    "contact_fields": ("contact_field",), "users": ("user",), "departments": ("department",),
}  # fmt: skip
HOLD_A_SCORE = frozenset({"integer", "double", "string", "money", ""})
KIND_NAMES = {
    "boolean": "да/нет", "enumeration": "список", "date": "дата", "datetime": "дата и время",
    "employee": "сотрудник", "file": "файл", "crm": "привязка к CRM", "iblock_element": "элемент списка",
}  # fmt: skip


class Judging:
    """One line per thing that is wrong, and one that says how much was looked at."""

    def __init__(self, settings: Bitrix24Settings, directory: Directory, wanted: Wanted) -> None:
        self._resolver = Resolver(settings, directory)
        self._wanted = wanted
        self._unread = {kind for one in directory.unread for kind in KINDS_OF.get(one.part, ())}
        asked = dict.fromkeys(all_asked(settings, wanted))
        self._asked = [one for one in asked if one.kind not in self._unread]

    def findings(self) -> Sequence[Finding]:
        """Names first, then who is responsible, then what is written."""
        wrong = [finding for asked in self._asked if (finding := self._resolver.judge(asked))]
        wrong += [one for branch in self._wanted.branches for one in self._of_branch(branch)]
        wrong += [*self._scores(), *self._read_only(), *self._texts()]
        return wrong or [Finding(True, f"Названия на месте: проверено {len(self._asked)}")]

    # --- branches --------------------------------------------------------------------------------

    def _of_branch(self, branch: BranchSettings) -> Iterator[Finding]:
        if branch.department and "department" not in self._unread:
            yield from self._head(branch)
        if code := self._resolver.branch_field():
            asked = Asked("value", branch.crm_value, at_branch(branch, "crm_value"))
            finding = told(asked, self._resolver.value("deal_field", code, branch.crm_value))
            yield from [finding] if finding else []

    def _head(self, branch: BranchSettings) -> Iterator[Finding]:
        asked = Asked("department", branch.department, at_branch(branch, "department"))
        if finding := told(asked, self._resolver.look("department", branch.department)):
            yield finding
        elif not branch.head and (trouble := self._trouble(branch.department)):
            what = f"{asked.where}: руководитель подразделения «{branch.department}» {trouble}"
            remedy = "Назначьте руководителя в структуре компании или впишите head у филиала"
            yield Finding(False, what, remedy)

    def _trouble(self, department: str) -> str:
        heads = self._resolver.heads_of(department)
        if heads and not heads[0].active:
            return "уволен: жалобы уйдут руководителю выше"
        return "" if heads else "не назначен, и выше по структуре никого нет: некому поручить жалобу"

    # --- what is written -------------------------------------------------------------------------

    def _scores(self) -> Iterator[Finding]:
        for word in sorted(self._wanted.scores):
            field = self._resolver.field("deal_field", self._resolver.code("deal_field", word))
            if field and field.kind not in HOLD_A_SCORE:
                kind = KIND_NAMES.get(field.kind, field.kind)
                what = f"{SCENARIOS}: в поле сделки «{word}» пишется оценка, а его тип «{kind}»: она пропадёт"
                yield Finding(False, what, "Выберите для оценки поле типа «число» или «строка»")

    def _read_only(self) -> Iterator[Finding]:
        for kind, words in (
            ("deal_field", {*self._wanted.fields, *self._wanted.scores}),
            ("contact_field", self._wanted.contact_fields),
        ):
            for word in sorted(words):
                field = self._resolver.field(kind, self._resolver.code(kind, word))
                if field and field.read_only:
                    what = f"{SCENARIOS}: поле «{word}» только для чтения, портал ничего в него не запишет"
                    yield Finding(False, what, "Пишите в другое поле, своё")

    def _texts(self) -> Iterator[Finding]:
        for one in sorted(self._wanted.texts, key=lambda text: (text.whose, text.field, text.text)):
            kind = f"{one.whose}_field"
            code = self._resolver.code(kind, one.field)
            where = f"{SCENARIOS}, поле «{one.field}»"
            if finding := told(Asked("value", one.text, where), self._resolver.value(kind, code, one.text)):
                yield finding
            elif not self._holds(kind, code, one.text):
                what = f"{where}: значение «{one.text}» этому полю не подходит, запись будет отвергнута"
                yield Finding(False, what, "Для поля «да/нет» пишите «да» или «нет», для числа число")

    def _holds(self, kind: str, code: str, text: str) -> bool:
        field = self._resolver.field(kind, code)
        try:
            self._resolver.written(ENTITIES[kind], code, text)
        except Refused:
            return bool(field and field.read_only)  # told already
        return True
