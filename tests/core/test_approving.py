"""A person says yes or no: by a link, by the words in the task, once, early, late and twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qc_engine.core.approval.approving import said
from qc_engine.core.approval.links import approval_link, read_approval_link
from qc_engine.core.case import State
from qc_engine.core.effects import AddComment, CallWebhook, CloseTask, CreateTask, NotifyStaff, SendMessage
from qc_engine.core.events import ApprovalGiven, EffectDone, LinkClicked, TaskClosed, TimerDue
from qc_engine.explain.phrases import say
from tests.core.further import further, story
from tests.core.test_tyre_centre import Story, effects

TASK, DAY = 901, timedelta(days=1)
SEALED = "https://qc.example/a/code#5ea1"
AFTER = """\
    do:
      - approve:
          name: refund
          title: "Вернуть деньги, сделка {deal_id}?"
          text: "Оценка {average|нет}. Слова: {words|нет}"
          for: branch_head
          due: 1 day
    rules:
      - name: yes
        when: {approved: refund}
        do:
          - call_webhook: {webhook: loyalty, event: refund.approved, data: {deal: "{deal_id}", average: "{average|нет}"}}
          - say: {text: Вернём деньги., file: "https://acme.example/refund.pdf"}
          - go_to: later
      - {name: no, when: {declined: refund}, do: [end: declined]}
      - {name: clicked, when: link_clicked, do: [comment: clicked]}
      - {name: over, when: {in_step_for: 3 days}, do: [end: nobody_answered]}
  later:
    rules:
      - {name: known, when: [{approved: refund}, link_clicked], do: [end: known_later]}
      - {name: over, when: {in_step_for: 3 days}, do: [end: over]}
"""


def asked(**changes: Any) -> Story:
    """The head has the task."""
    told = story(further(after=AFTER), **{"answer_url": SEALED, **changes}).rated("4")
    assert told.last is not None
    key = next(one.key for one in told.last.effects if isinstance(one.effect, CreateTask))
    told.on(EffectDone(key, str(TASK), told.now))
    return told


def given(told: Story, yes: bool, by: str = "Мария") -> None:
    told.on(ApprovalGiven(told.case.id, "refund", yes, told.now, by))


def closed(told: Story, words: str) -> None:
    told.on(TaskClosed(TASK, words, told.now))


def notes(told: Story) -> list[str]:
    assert told.last is not None
    return [one.key for one in told.last.notes]


def done(told: Story, kind: type) -> list[Any]:
    assert told.last is not None
    return list(effects(told.last, kind))


def test_closing_its_task_closes_no_other_one() -> None:
    """What ends the case by the words in one task still takes the other tasks away."""
    both = """\
    do:
      - create_task: {title: Отзыв, text: Посмотрите, for: branch_manager, due: 1 day, about: review}
      - approve: {name: refund, title: Вернуть?, text: Да, for: branch_head, due: 1 day}
    rules:
      - {name: yes, when: {approved: refund}, do: [end: approved]}
      - {name: found, when: {review: found}, do: [end: found]}
      - {name: over, when: {in_step_for: 3 days}, do: [end: over]}
"""
    told = story(further(after=both)).rated("4")
    assert told.last is not None
    keys = [one.key for one in told.last.effects if isinstance(one.effect, CreateTask)]
    for key, number in zip(keys, (801, TASK), strict=True):
        told.on(EffectDone(key, str(number), told.now))
    closed(told, "да")
    assert told.case.outcome == "approved"
    assert done(told, CloseTask) == [CloseTask(801)]


def test_the_task_names_both_links() -> None:
    told = story(further(after=AFTER), answer_url=SEALED).rated("4")
    (task,) = done(told, CreateTask)
    approval = told.case.approvals[0]
    assert (task.title, task.responsible) == ("Вернуть деньги, сделка 4312?", 101)
    assert task.deadline == approval.due_at == told.now + DAY
    assert task.text == (
        f"Оценка 4. Слова: нет\n\nДа: {approval_link(told.case, approval, given=True)}\n"
        f"Нет: {approval_link(told.case, approval, given=False)}"
    )
    assert "https://qc.example/p/code/refund?answer=yes." in task.text


def test_yes_by_the_page() -> None:
    told = asked()
    given(told, True)
    assert told.case.step == "later"
    assert done(told, CloseTask) == [CloseTask(TASK)]
    assert done(told, CallWebhook) == [
        CallWebhook("loyalty", "refund.approved", told.now, {"deal": "4312", "average": "4"})
    ]
    (message,) = done(told, SendMessage)
    assert (message.text, message.file) == ("Вернём деньги.", "https://acme.example/refund.pdf")
    assert message.in_words == "Вернём деньги.\nhttps://acme.example/refund.pdf"
    assert told.last is not None
    why = next(one.verdict.why for one in told.last.trace if one.rule == "yes")
    assert say(why.key, why.values, "ru") == "на «Вернуть деньги, сделка 4312?» ответили да: Мария"


def test_a_later_step_still_knows() -> None:
    told = asked()
    given(told, True)
    told.on(LinkClicked("abc", "yandex", told.now))
    assert told.case.outcome == "known_later"


@pytest.mark.parametrize(
    ("words", "step", "outcome"),
    [("Да", "later", ""), ("нет, дорого", "after", "declined"), ("иә", "later", ""), ("Жоқ.", "after", "declined")],
)  # fmt: skip
def test_the_words_in_the_task(words: str, step: str, outcome: str) -> None:
    told = asked()
    closed(told, words)
    assert (told.case.step, told.case.outcome) == (step, outcome)
    assert told.case.approvals[0].by == "задача"
    assert done(told, CloseTask) == []  # it is closed


@pytest.mark.parametrize("words", ["", "сделано", "да нет", "да, но не всё", "а сколько?"])
def test_a_task_closed_without_a_clear_word_is_asked_about(words: str) -> None:
    told = asked()
    closed(told, words)
    (notice,) = done(told, NotifyStaff)
    assert notice.user == 101
    assert "/p/code/refund?answer=no." in notice.text
    assert told.case.approvals[0].given is None
    given(told, False)
    assert told.case.outcome == "declined"


@pytest.mark.parametrize("again", [True, False])
def test_the_first_answer_counts(again: bool) -> None:
    told = asked()
    given(told, True)
    given(told, again, by="Пётр")
    assert notes(told) == ["note.approval_again_yes" if again else "note.approval_again_no"]
    assert (told.case.approvals[0].given, told.case.approvals[0].by) == (True, "Мария")
    closed(told, "нет")
    assert notes(told) == ["note.approval_again_no"]
    closed(told, "")  # our own closing comes back
    assert notes(told) == []


def test_an_answer_before_we_know_the_task_closes_it_as_soon_as_we_do() -> None:
    told = story(further(after=AFTER), answer_url=SEALED).rated("4")
    assert told.last is not None
    key = next(one.key for one in told.last.effects if isinstance(one.effect, CreateTask))
    given(told, False)
    assert told.case.state is State.ENDED
    told.on(EffectDone(key, str(TASK), told.now))
    assert done(told, CloseTask) == [CloseTask(TASK)]
    closed(told, "да")
    assert notes(told) == ["note.approval_again_yes"]


def test_nobody_answers() -> None:
    told = asked()
    told.on(TimerDue(told.case.id, told.now), 3 * DAY)
    assert (told.case.outcome, done(told, CloseTask)) == ("nobody_answered", [CloseTask(TASK)])
    given(told, True)
    assert notes(told) == ["note.approval_late_yes"]
    assert told.case.approvals[0].given is None


def test_another_task_and_another_question_are_not_meant() -> None:
    told = asked()
    told.on(TaskClosed(TASK + 1, "да", told.now))
    told.on(ApprovalGiven(told.case.id, "discount", True, told.now))
    assert told.case.approvals[0].given is None
    told.on(LinkClicked("abc", "yandex", told.now))
    assert [one.text for one in done(told, AddComment)] == ["clicked"]


def test_asked_again_the_question_is_open_again() -> None:
    again = AFTER.replace("do: [end: declined]", "do: [go_to: after]", 1)
    told = story(further(after=again), answer_url=SEALED).rated("4")
    first = told.case.approvals[0]
    given(told, False)
    (second,) = told.case.approvals
    assert (second.given, second.asked_at) == (None, told.now)
    assert (
        read_approval_link(told.case, second, _brought(approval_link(told.case, first, given=True))) is None
    )


# --- words and links --------------------------------------------------------------------------

ANSWERS = [
    ("да", True), ("Да!", True), ("ДА, вернуть", True), ("yes", True), ("Ok", True), ("иә", True), ("Одобряю", True),
    ("нет", False), ("Нет, клиент неправ", False), ("No", False), ("жоқ", False), ("Не одобряю", False),
    ("нет, не согласен", False), ("отказать", False),
    ("", None), ("...", None), ("сделано", None), ("да/нет", None), ("нет да", None), ("да?", None),
    ("да, но потом", None), ("да, если вернёт чек", None), ("не знаю", None), ("ответ: да", None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "given"), ANSWERS)
def test_what_words_say(words: str, given: bool | None) -> None:
    assert said(words) is given


def _brought(link: str) -> str:
    return link.partition("answer=")[2]


def test_a_link_is_good_for_its_own_question_alone() -> None:
    case = asked().case
    (approval,) = case.approvals
    yes, either = _brought(approval_link(case, approval, given=True)), _brought(approval_link(case, approval))
    assert [read_approval_link(case, approval, one) for one in (yes, either)] == ["yes", "any"]
    bad = [
        "", "yes", yes[:-1], yes.replace("yes", "no"), yes + "0", yes.upper(), "yes.20260304120000." + "0" * 20,
        yes.replace(".20", ".21", 1), "\x00", "ё" * 40,
    ]  # fmt: skip
    assert [read_approval_link(case, approval, one) for one in bad] == [None] * len(bad)
    others = [
        replace(case, answer_url="https://qc.example/a/code#other"),
        replace(case, answer_url="https://x/a/b"),
    ]
    assert [read_approval_link(one, approval, yes) for one in others] == [None, None]
    assert read_approval_link(case, replace(approval, name="discount"), yes) is None
