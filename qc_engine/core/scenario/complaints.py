"""How complaints of a scenario are worked off: their causes, and the second question to the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from qc_engine.core.scenario.texts import Text


def _title(russian: str, kazakh: str, english: str) -> Text:
    return Text(russian, languages={"kk": Text(kazakh), "en": Text(english)})


OTHER = "other"
CAUSES: Mapping[str, Text] = {
    "waiting": _title("Долгое ожидание", "Ұзақ күту", "Waiting time"),
    "quality": _title("Качество работы", "Жұмыс сапасы", "Quality of work"),
    "price": _title("Цена", "Баға", "Price"),
    "manners": _title("Общение сотрудников", "Қызметкерлердің қарым-қатынасы", "Manners of the staff"),
    "parts": _title("Запчасти и материалы", "Бөлшектер мен материалдар", "Parts and materials"),
    OTHER: _title("Другое", "Басқа", "Something else"),
}


@dataclass(frozen=True)
class ReRate:
    """Ask the client once more, so long after the complaint was settled, in a step of the scenario.

    In that step and the ones after it scores and averages are those of the second answer alone.
    """

    after: timedelta
    step: str
    times: int = 1  # a complaint that was settled again is asked about again, at most so often


@dataclass(frozen=True)
class Complaints:
    """What a person may say about a complaint, and what follows when it is settled."""

    causes: Mapping[str, Text] | None = None  # word -> title; None: the usual ones of a service
    cause_field: str = ""  # of the complaint's deal (ids)
    action_field: str = ""
    resolved_in: str = ""  # the complaint's deal in this stage (its id) is settled
    re_rate: ReRate | None = None

    @property
    def known_causes(self) -> Mapping[str, Text]:
        return CAUSES if self.causes is None else self.causes

    def title(self, cause: str, language: str) -> str:
        """What people call it; a word that the scenario no longer has stays as it is."""
        known = self.known_causes.get(cause)
        return known.said_in(language).body if known else cause
