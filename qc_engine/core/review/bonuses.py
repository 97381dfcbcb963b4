"""A bonus is confirmed once by each rule, and a person can take it back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from qc_engine.core.case import Case
from qc_engine.core.changing import changed
from qc_engine.core.draft import Draft
from qc_engine.core.effects import CallWebhook
from qc_engine.core.review.checking import Bonus, GivenBonus
from qc_engine.core.scenario import ConfirmBonus, Text

CONFIRMED, TAKEN_BACK = "bonus.confirmed", "bonus.taken_back"


def confirm(action: ConfirmBonus, draft: Draft) -> None:
    """Into the ledger, the client's card and the loyalty system; or a note why not."""
    had = _had_already(action, draft.case, draft.now)
    if had:
        draft.note("note.bonus_not_again", rule=action.rule, at=had)
    else:
        _confirm(action, draft)
    _say(action.otherwise if had else action.say, draft)


def _confirm(action: ConfirmBonus, draft: Draft) -> None:
    turn = 1 + sum(one.rule == action.rule for one in draft.case.client.bonuses)
    bonus = Bonus(action.rule, turn, action.amount, draft.now, action.undo, action.webhook)
    draft.change(bonuses=(*draft.case.bonuses, bonus))
    # The ledger's view of this person, should the scenario confirm a second one at once.
    given = GivenBonus(action.rule, draft.case.id, draft.now)
    draft.change_client(bonuses=(*draft.case.client.bonuses, given))
    draft.note("note.bonus_confirmed", rule=action.rule, amount=action.amount)
    draft.write_card(draft.rendered(action.contact_fields))
    if action.comment:
        draft.comment(draft.render(action.comment))
    _tell(CONFIRMED, bonus, draft, {})


def _had_already(action: ConfirmBonus, case: Case, now: datetime) -> datetime | None:
    """When this person got this bonus, if that was in this case or less than `once_in` ago."""
    own = [one.at for one in case.bonuses if one.rule == action.rule and one.taken_back_at is None]
    others = [one.at for one in _of_other_cases(action.rule, case)]
    recent = [at for at in others if action.once_in and now < at + action.once_in]
    return max([*own, *recent], default=None)


def _of_other_cases(rule: str, case: Case) -> Iterator[GivenBonus]:
    for one in case.client.bonuses:
        if one.rule == rule and one.case_id != case.id and not one.taken_back:
            yield one


def take_back(bonuses: Sequence[Bonus], reason: str, by: str, draft: Draft) -> None:
    """What was confirmed and still holds; the card, the timeline and the loyalty system learn of it."""
    holding = [one for one in bonuses if one.taken_back_at is None]
    if not holding:
        draft.note("note.bonus_none")
    for one in holding:
        taken = changed(one, {"taken_back_at": draft.now, "reason": reason, "by": by})
        kept = tuple(taken if other == one else other for other in draft.case.bonuses)
        draft.change(bonuses=kept)
        draft.note("note.bonus_taken_back", rule=one.rule, reason=reason, by=by)
        draft.write_card(one.undo)
        who = f" ({by})" if by else ""
        # A person knows it by its sum, and not by our word for its rule.
        what = f"Бонус {one.amount}".rstrip()
        draft.comment(f"{what} отменён: {reason}{who}")
        _tell(TAKEN_BACK, taken, draft, {"reason": reason, "by": by})


def _tell(event: str, bonus: Bonus, draft: Draft, more: Mapping[str, str]) -> None:
    if not bonus.webhook:
        return
    case = draft.case
    data = {
        "bonus_id": f"{case.id}:{bonus.rule}:{bonus.turn}",
        "rule": bonus.rule,
        "amount": bonus.amount,
        "case_id": case.id,
        "portal": case.portal,
        "deal_id": str(case.deal_id),
        "contact_id": str(case.contact_id or ""),
        "phone": case.client.phone,
        "branch": case.branch.name,
        "platform": case.clicked[0].platform if case.clicked else "",
        **more,
    }
    draft.add(CallWebhook(bonus.webhook, event, draft.now, data))


def _say(text: Text, draft: Draft) -> None:
    if text.body:
        draft.say(text, "reply")
