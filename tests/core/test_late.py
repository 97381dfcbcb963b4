"""What still means something once a case is over."""

from datetime import timedelta

from qc_engine.core.case import State
from qc_engine.core.effects import SendMessage
from qc_engine.scenario_files.load import load_text
from tests.core.further import NAMES, USUAL, WHOLE, story
from tests.core.test_tyre_centre import effects

STOP = "  - {name: stop, when: asked_to_stop, do: [end: opted_out]}\n"
FOR_ANY_STEP = """\
  - {name: low, when: {score_below: 5}, do: [say: Нам очень жаль., end: low]}
  - {name: there, when: [{branch_is: На Момышулы}, asked_to_stop], do: [say: Не здесь., end: opted_out]}
  - {name: here, when: [{branch_is: На Абая}, asked_to_stop], do: [say: Больше не напишем., end: opted_out]}
  - {name: stop, when: asked_to_stop, do: [say: Никогда., end: opted_out]}
"""


def test_a_late_stop_is_answered_by_the_first_rule_about_it_alone() -> None:
    """What else holds for any step was told while the case ran, and who comes second has no turn."""
    text = WHOLE.format(rules="", after=USUAL.rstrip("\n")).replace(STOP, FOR_ANY_STEP)
    told = story(load_text(text, "late.yaml", NAMES)).rated("3")
    assert told.case.state is State.ENDED
    told.now += timedelta(days=1)
    decision = told.says("стоп")
    assert [one.text for one in effects(decision, SendMessage)] == ["Больше не напишем."]
