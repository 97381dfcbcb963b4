"""What an installation needs to find on a portal: filled in from config.yaml and the scenarios."""

from dataclasses import dataclass

from connectors.bitrix24.names.book import CONTACT, DEAL

WHOSE = {DEAL: "сделки", CONTACT: "контакта"}
KINDS = {"integer": "целое число", "double": "число", "string": "строка", "boolean": "да/нет"}


@dataclass(frozen=True)
class WantedField:
    """A field of deals (entity 2) or contacts (entity 3) with the title that people see.

    `kind`: integer for whole scores, double for averages, string for words, boolean for yes or no.
    `code`: what to call it if it must be made, UF_CRM_QC_AVERAGE or QC_AVERAGE; "": made of the title.
    `by_code`: config.yaml names this very code, so a field that has it is the wanted one under any title.
    `only_read`: somebody else fills it in, so it is not made: an empty field of ours would mend nothing.
    """

    entity: int
    title: str
    code: str = ""
    kind: str = "string"
    by_code: bool = False
    only_read: bool = False


@dataclass(frozen=True)
class WantedStage:
    """A stage by the name that people see.

    `pipeline`: its pipeline's name; None: the pipeline of the start stage. A missing pipeline is made, with
    the stages wished for it in the order of the wishes.
    `after`: the name of the stage that it follows, one on the portal or one wished before it; None: the last
    of its kind.
    `semantics`: "" in work, "S" success (a pipeline has exactly one), "F" failure; a stage that is there
    already passes as "" whatever it is.
    `color`: like #55D0E0; "": the usual one of its kind.
    """

    pipeline: str | None
    name: str
    after: str | None = None
    semantics: str = ""
    color: str = ""


@dataclass(frozen=True)
class StartStage:
    """The stage that starts cases: "Закрыть заказ/наряд" or "Заказы / Закрыть заказ/наряд".

    It is the company's own and never made by us; it tells which pipeline is meant by `pipeline=None`. Without
    it that is the portal's default pipeline.
    """

    name: str


Wish = WantedField | WantedStage | StartStage
