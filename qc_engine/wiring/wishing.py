"""What the scenarios of a portal need there: setup makes it, doctor looks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.bitrix24.doctor.wanted import Wanted, WrittenText
from connectors.bitrix24.names.book import CONTACT, DEAL
from connectors.bitrix24.names.directory import Directory
from connectors.bitrix24.names.resolving import ID
from connectors.bitrix24.settings import Bitrix24Settings
from connectors.bitrix24.setup import StartStage, WantedField, WantedStage, Wish
from qc_engine.core.wording.texts import folded
from qc_engine.scenario_files.checks.mentions import NUMBER, Mentions
from qc_engine.scenario_files.names import CONTACT_FIELDS, DEAL_FIELDS
from qc_engine.wiring.installation import PortalSettings

SUCCESS = "S"
# What people need in a pipeline that is made for them, beside the stage that the scenario puts deals into.
WORK_ON_IT = (
    WantedStage(None, "Разбираемся"),
    WantedStage(None, "Урегулировано", semantics="S"),
    WantedStage(None, "Не удалось", semantics="F"),
)
BETWEEN = " / "  # a pipeline and its stage


def wanted_of(portal: PortalSettings, said: Sequence[Mentions]) -> Wanted:
    """Everything by the words that stand in the scenarios and in config.yaml."""
    fields = {word: kind for one in said for word, kind in one.fields.items()}
    return Wanted(
        stages=frozenset(stage for one in said for stage in (*one.stages, *one.looks_in)),
        fields=frozenset({*fields, *(word for one in said for word in one.reads)}) - DEAL_FIELDS,
        contact_fields=frozenset(name for one in said for name in one.contact_fields) - CONTACT_FIELDS,
        scores=frozenset(word for word, kind in fields.items() if kind == NUMBER),
        texts=frozenset(
            [WrittenText("deal", *pair) for one in said for pair in one.texts]
            + [WrittenText("contact", *pair) for one in said for pair in one.contact_texts]
        ),
        branches=tuple(portal.branches),
    )


def wishes_of(
    crm: Bitrix24Settings, said: Sequence[Mentions], directory: Directory | None = None
) -> Sequence[Wish]:
    """What must be on the portal before the first deal, in the order in which it should stand there."""
    known = {folded(one.name) for one in directory.pipelines} if directory else set()
    found: dict[Wish, None] = {}
    for one in said:
        found |= dict.fromkeys([*_stages(crm, one, known), *_fields(crm, one)])
    return list(found)


def _stages(crm: Bitrix24Settings, said: Mentions, known: set[str]) -> Iterator[Wish]:
    start = crm.stages.get(said.start, said.start)
    if start:
        yield StartStage(start)
    before: dict[str | None, str] = {None: start.rpartition(BETWEEN)[2]}
    own = start.rpartition(BETWEEN)[0] or None
    for word in (one for one in said.stages if one != said.start):
        pipeline, _, name = crm.stages.get(word, word).rpartition(BETWEEN)
        if ID["stage"].fullmatch(name):
            continue  # config.yaml names the id: it can be there or not, but not be made
        home = None if pipeline in ("", own) else pipeline
        is_final = word in said.final
        yield WantedStage(home, name, None if is_final else before.get(home), SUCCESS if is_final else "")
        if home and home not in before and folded(home) not in known:
            yield from (replace(one, pipeline=home) for one in WORK_ON_IT)
        if not is_final:
            before[home] = name


def _fields(crm: Bitrix24Settings, said: Mentions) -> Iterator[Wish]:
    for word, kind in said.fields.items():
        if word not in DEAL_FIELDS:
            yield _field(DEAL, word, crm.fields.get(word, word), kind)
    for word in sorted(said.reads - said.fields.keys() - DEAL_FIELDS):
        yield replace(_field(DEAL, word, crm.fields.get(word, word), "string"), only_read=True)
    for word, kind in said.contact_fields.items():
        if word not in CONTACT_FIELDS:
            yield _field(CONTACT, word, crm.contact_fields.get(word, word), kind)


def _field(entity: int, word: str, target: str, kind: str) -> WantedField:
    """An alias of config.yaml leads to a code or to the title that people see."""
    if ID["deal_field"].fullmatch(target):
        return WantedField(entity, word, target, kind, by_code=True)
    return WantedField(entity, target, "", kind)
