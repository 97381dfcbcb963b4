"""What would come of an event, before anybody lets it happen; and where a portal is seen in a browser."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel import Session

from qc_engine.core.case import Case, State
from qc_engine.core.decide import decide
from qc_engine.core.effects import CloseTask, Effect
from qc_engine.core.events import Event, ResendAsked
from qc_engine.explain.voice import Voice
from qc_engine.explain.words import effect_words
from qc_engine.flow.contact import informed
from qc_engine.flow.truth import known_message
from qc_engine.flow.versions.library import Library, VersionLost, scenario_of
from qc_engine.store import codec
from qc_engine.store.tables import EffectRow
from qc_engine.wiring import Installation, portals_of

# The rest repeats what was said, or says that there is nothing to do.
TELLING = (
    "note.bonus_confirmed", "note.bonus_not_again", "note.bonus_taken_back", "note.review_look",
    "note.review_not_corrected", "note.read", "note.score_", "note.not_resent",
)  # fmt: skip
SILENT = (CloseTask,)  # goes without saying


def foretold(
    session: Session, libraries: Mapping[str, Library], case: Case, event: Event, voice: Voice, now: datetime
) -> Sequence[str]:
    """By the case's own scenario; nothing where its version is lost."""
    try:
        scenario = scenario_of(session, libraries, case)
    except VersionLost:
        return ()
    if isinstance(event, ResendAsked):
        event = known_message(session, event)
    decision = decide(informed(session, case, scenario.contact), event, scenario, now)
    notes = [one for one in decision.notes if one.key.startswith(TELLING)]
    told = [voice.phrase({"key": one.key, "values": one.values}) for one in notes]
    told += [_words(voice, one.effect, now) for one in decision.effects if not isinstance(one.effect, SILENT)]
    if decision.case.state is State.ENDED and decision.case.outcome != case.outcome:
        told.append(voice.say("foretold.end", outcome=voice.word("outcome", decision.case.outcome)))
    return told


def _words(voice: Voice, effect: Effect, now: datetime) -> str:
    row = EffectRow(
        key="", case_id="", lane="", kind=type(effect).__name__, payload=codec.dump_effect(effect),
        run_at=now, created_at=now,
    )  # fmt: skip
    return effect_words(voice, row)


def crm_address(settings: Installation, portal: str) -> str:
    """'https://company.bitrix24.kz'; '' when the settings do not tell. Never more of a webhook's address."""
    one = portals_of(settings).get(portal)
    if one is None:
        return ""
    crm = one.bitrix24
    address = urlsplit(crm.oauth.portal if crm.oauth else crm.webhook_url.get_secret_value())
    known = address.scheme in ("https", "http") and address.hostname and "@" not in address.netloc
    return f"{address.scheme}://{address.netloc}" if known else ""
