"""Rows of the portal as entries of the directory.

Vendor's pages: `crm-category-list`, `crm-status-list`, `crm-item-fields`, `crm-deal-userfield-list`,
`user-get`, `department-get`.
"""

from collections.abc import Iterable, Mapping, Sequence

from connectors.bitrix24.calls.client import Answer
from connectors.bitrix24.calls.errors import Failure
from connectors.bitrix24.names.directory import Choice, Department, FieldOfPortal, Pipeline, Stage, User
from connectors.bitrix24.wire import as_id, as_list, as_map, as_text

Row = Mapping[str, object]
Answers = Mapping[str, Sequence[Answer]]

TRUE = frozenset({"Y", "TRUE", "1"})
NO_ROW: Row = {}


def pipelines(answers: Answers) -> tuple[Pipeline, ...]:
    """The default pipeline has the id 0, which is no id elsewhere."""
    rows = _rows(answers["pipelines"], "categories")
    found = [
        Pipeline(number, as_text(row.get("name")), _number(row.get("sort")), _is(row.get("isDefault")))
        for row in rows if (number := _pipeline_number(row)) is not None
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.sort, one.id)))


def pipeline_numbers(outcomes: Sequence[Answer | Failure]) -> Sequence[int]:
    """The pipelines besides the default one."""
    answers = [one for one in outcomes if isinstance(one, Answer)]
    return [one.id for one in pipelines({"pipelines": answers}) if one.id]


def _pipeline_number(row: Row) -> int | None:
    return 0 if as_text(row.get("id")) == "0" else as_id(row.get("id"))


def stages(answers: Answers) -> tuple[Stage, ...]:
    """STATUS_ID comes with or without the pipeline's prefix; ours always has it."""
    dictionaries = {int(key.split()[1]): some for key, some in answers.items() if key.startswith("stages ")}
    found = [_stage(row, number) for number, some in dictionaries.items() for row in _rows(some)]
    return tuple(sorted((one for one in found if one.id), key=lambda one: (one.pipeline, one.sort)))


def _stage(row: Row, pipeline: int) -> Stage:
    status = as_text(row.get("STATUS_ID"))
    is_whole = not status or not pipeline or ":" in status
    return Stage(
        id=status if is_whole else f"C{pipeline}:{status}",
        name=as_text(row.get("NAME")),
        pipeline=pipeline,
        semantics=as_text(row.get("SEMANTICS")),
        sort=_number(row.get("SORT")),
    )


def fields(whose: str, known: Sequence[FieldOfPortal], answers: Answers) -> tuple[FieldOfPortal, ...]:
    """Fields with their titles and values; values that may not be read now are those `known` before."""
    own = {as_text(row.get("FIELD_NAME")): row for row in _rows(answers[f"{whose}_userfields"])}
    before = {} if own else {one.code: one.choices for one in known}
    described = {
        name: as_map(about) for answer in answers[f"{whose}_fields"]
        for name, about in as_map(as_map(answer.result).get("fields")).items()
    }  # fmt: skip
    codes = {name: _code(name, about) for name, about in described.items()}
    return tuple(
        _field(name, about, own.get(codes[name], NO_ROW), before.get(codes[name], ()))
        for name, about in described.items()
    )


def _code(name: str, about: Row) -> str:
    upper = as_text(about.get("upperName"))
    return upper if upper.startswith("UF_") else name


def _field(name: str, about: Row, own: Row, known: tuple[Choice, ...]) -> FieldOfPortal:
    code, title = _code(name, about), as_text(about.get("title"))
    has_title = title not in ("", code, name)
    return FieldOfPortal(
        code=code,
        title=title if has_title else _label(own) or code,
        kind=as_text(about.get("type")) or as_text(own.get("USER_TYPE_ID")),
        many=_is(about.get("isMultiple")) or _is(own.get("MULTIPLE")),
        read_only=_is(about.get("isReadOnly")),
        choices=_choices(own.get("LIST")) or _choices(about.get("items")) or known,
        spelling="" if name == code else name,
    )


def _label(own: Row) -> str:
    labels = [own.get(name) for name in ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")]
    texts = [as_text(as_map(one).get("ru")) if isinstance(one, Mapping) else as_text(one) for one in labels]
    return next((text for text in texts if text), "")


def _choices(value: object) -> tuple[Choice, ...]:
    rows = [as_map(row) for row in as_list(value)]
    found = (
        Choice(as_text(row.get("ID")), as_text(row.get("VALUE")), as_text(row.get("XML_ID"))) for row in rows
    )
    return tuple(one for one in found if one.id)


def settings_of(outcomes: Sequence[Answer | Failure], code: str) -> Row:
    """The settings of one deal field: which list or which CRM items it is bound to."""
    rows = _rows([one for one in outcomes if isinstance(one, Answer)])
    return next((as_map(row.get("SETTINGS")) for row in rows if row.get("FIELD_NAME") == code), NO_ROW)


def users(answers: Answers) -> tuple[User, ...]:
    """Those who work there and those who left, in the order of their numbers."""
    found = {
        number: _user(number, row) for row in _rows(answers["users"]) if (number := as_id(row.get("ID")))
    }
    return tuple(found[number] for number in sorted(found))


def _user(number: int, row: Row) -> User:
    last = as_text(row.get("LAST_NAME"))
    departments = (as_id(one) for one in as_list(row.get("UF_DEPARTMENT")))
    return User(
        id=number,
        name=f"{as_text(row.get('NAME'))} {last}".strip(),
        active=_is(row.get("ACTIVE")),
        departments=tuple(one for one in departments if one),
        last_name=last,
    )


def departments(answers: Answers) -> tuple[Department, ...]:
    """UF_HEAD is absent where nobody is the head."""
    found = {
        number: Department(
            number, as_text(row.get("NAME")), as_id(row.get("PARENT")), as_id(row.get("UF_HEAD"))
        )
        for row in _rows(answers["departments"]) if (number := as_id(row.get("ID")))
    }  # fmt: skip
    return tuple(found[number] for number in sorted(found))


def _rows(answers: Iterable[Answer], inside: str = "") -> Sequence[Row]:
    lists = (as_map(one.result).get(inside) if inside else one.result for one in answers)
    return [as_map(row) for some in lists for row in as_list(some)]


def _is(value: object) -> bool:
    return as_text(value).upper() in TRUE


def _number(value: object) -> int:
    text = as_text(value)
    return int(text) if text.isascii() and text.isdigit() else 0
