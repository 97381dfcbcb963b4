"""Formulas, branches, pauses, webhooks, files and questions to people: every mistake has its place."""

import pytest

from qc_engine.core.scenario import (
    ApprovalIs,
    AskApproval,
    BranchIs,
    Formula,
    Pause,
    Person,
    Say,
    TellSystem,
    Text,
)
from qc_engine.scenario_files.load import BadScenarios, load_text
from tests.core.further import NAMES, WHOLE, further

AFTER = "  after:\n    do: [{do}]\n    rules:\n      - {{name: over, when: {{in_step_for: 9 days}}, do: [end: over]}}\n"
ASK = "approve: {name: refund, title: Вернуть?, text: Да, for: branch_head, due: 1 day}"


def problems(text: str) -> list[str]:
    with pytest.raises(BadScenarios) as bad:
        load_text(text, "s.yaml", NAMES)
    return [str(one).removeprefix("s.yaml:") for one in bad.value.problems]


def rule(when: str, do: str = "end: x") -> str:
    """A scenario with this rule in its first step, line 17; `when` begins in column 28."""
    listed = f"      - {{name: new, when: {{{when}}}, do: [{do}]}}"
    return WHOLE.format(
        rules=listed, after=AFTER.format(do="comment: x").removeprefix("  after:\n").rstrip("\n")
    )


def step(do: str, rules: str = "") -> str:
    """One whose second step does this on entry: line 22, from column 10."""
    usual = AFTER.format(do=do).removeprefix("  after:\n").rstrip("\n")
    return WHOLE.format(rules="", after=usual + rules)


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_bonus_that_a_step_or_any_rule_confirms_can_be_taken_back(everywhere: bool) -> None:
    after = """\
    do: [{do}]
    rules:
      - {{name: gone, when: {{review: vanished}}, do: [take_back_bonus: {{rule: thanks, because: gone}}, end: gone]}}
      - {{name: over, when: {{in_step_for: 9 days}}, do: [end: over]}}
""".format(do="comment: x" if everywhere else "confirm_bonus: {rule: thanks}")
    text = WHOLE.format(rules="", after=after.rstrip("\n"))
    if everywhere:
        confirming = (
            "anytime:\n  - {name: found, when: {review: found}, do: [confirm_bonus: {rule: thanks}]}\n"
        )
        text = text.replace("anytime:\n", confirming)
    assert load_text(text, "s.yaml", NAMES).steps["after"].rules[0].name == "gone"


# --- what is read ------------------------------------------------------------------------------


def test_what_they_become() -> None:
    after = f"""\
    do:
      - wait: 2 hours
      - call_webhook: {{webhook: loyalty, event: visit.rated, data: {{deal: "{{deal_id}}"}}}}
      - say: {{text: Памятка, file: "https://acme.example/memo.pdf", template: memo|ru}}
      - {ASK}
    rules:
      - {{name: yes, when: [approved: refund, branch_is: [на абая, На Момышулы]], do: [end: yes]}}
      - {{name: no, when: {{declined: refund, formula: "total > 1.0 && answered > 0"}}, do: [end: no]}}
      - {{name: over, when: {{in_step_for: 9 days}}, do: [end: over]}}
"""
    made = further(after=after).steps["after"]
    wait, told, said, asked = made.do
    assert isinstance(wait, Pause)
    assert told == TellSystem("loyalty", "visit.rated", {"deal": "{deal_id}"})
    assert said == Say(Text("Памятка", "memo|ru"), "https://acme.example/memo.pdf")
    assert isinstance(asked, AskApproval)
    assert asked.person == Person("head")
    assert made.rules[0].when == (ApprovalIs("refund", True), BranchIs(("На Абая", "На Момышулы")))
    declined, formula = made.rules[1].when
    assert declined == ApprovalIs("refund", False)
    assert isinstance(formula, Formula)
    assert formula.uses == ("total", "answered")
    assert formula.holds({"total": 2.0, "answered": 1})


# --- formulas ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "at", "fault"),
    [
        ("average >= 8", 9, "average is a fraction: write 8.0"),
        ("8 <= average", 3, "average is a fraction: write 8.0"),
        ('scores["quality"] > 3', 19, 'scores["quality"] is a fraction: write 3.0'),
        ("answered > 1.5", 10, "answered is a whole number: write double(answered)"),
        ("answered > 2.0", 10, "answered is a whole number: write 2"),
        ("average > answered", 9, "average is a fraction and answered is not: write double(answered)"),
        ("averge > 8.0", 1, "unknown name 'averge'; did you mean 'average'?"),
        ("average > 8.0 && brnch == 'x'", 18, "unknown name 'brnch'; did you mean 'branch'?"),
        ("scores.qualty > 8.0", 8, "unknown question 'qualty'; did you mean 'quality'?"),
        ("average > 8,0", 12, "a fraction is written with a point: 8.0"),
        ("average = 8.0", 9, "'=' is not known here; write =="),
        ("reminded and answered > 1", 10, "'and' is not known here; write &&"),
        ("not reminded", 5, "'not' is not known here; write !"),
        ("average ≥ 8.0", 9, "'≥' is not known here; write >="),
        ("average >", 10, "the formula ends too early; something is missing behind its last sign"),
        ("branch == 'x", 11, "a quote is opened and never closed"),
        ("branch", 0, "the formula gives a text, not yes or no; compare it with something"),
        ("scores", 0, "the formula gives something else, not yes or no; compare it with something"),
        ("'x' in words", 5, "'in' looks into a list; for a text write words.contains(\"...\")"),
        ("average in [8, 9]", 9, "the list holds whole numbers; write them with a point: [8.0, 9.0]"),
        ("words.contain('x')", 14, "unknown function 'contain'; did you mean 'contains'?"),
        ("words.has('x')", 10, 'has(...) asks for a score; for a text write words.contains("...")'),
        ("reminded == True", 13, "write true"),
        ("branch == 5", 8, "'==' cannot stand between a text and a whole number"),
        ("now > '2026-01-01'", 5, 'a moment and a text do not mix: write timestamp("2026-01-31T00:00:00Z")'),
        ("event_date - now > 5", 18, 'a span of time and a number do not mix: write duration("24h")'),
        ("branch == 'x' && (" * 40, 0, "720 signs are too many for a formula; at most 500"),
        (
            "scores.all(a, scores.all(b, a != b))", 0,
            "one loop (all, exists, map, filter) inside another; write two formulas",
        ),
        ("(" * 40 + "reminded" + ")" * 40, 1, "too many brackets inside one another; write it simpler"),
        ("average / 0.0 > 1.0", 0, "nothing can be divided by 0.0; write another number"),
        ("answered % 0 == 1 && words != '/ 0'", 0, "nothing can be divided by 0; write another number"),
        ("average > {good}", 16, "values are named without braces and signs, parameters as $name"),
    ],
)  # fmt: skip
def test_a_formula_that_is_wrong(formula: str, at: int, fault: str) -> None:
    """`at` is the wrong sign in the formula, from 1; 0 is the whole of it."""
    doubled = formula.replace("'", "''")
    (problem,) = problems(rule(f"formula: '{doubled}'"))
    place, _, said = problem.partition(": ")
    assert said == f"formula: {fault}"
    # Where quotes are doubled nobody can count signs: then the place is that of the whole formula.
    assert place == f"17:{37 + (at if doubled == formula else 0)}"


def test_the_place_in_a_block() -> None:
    block = """\
      - name: new
        when:
          formula: |
            average >= 8.0 &&
              brnch == "x"
        do: [end: x]
"""
    text = WHOLE.format(
        rules=block.rstrip("\n"), after=AFTER.format(do="comment: x").removeprefix("  after:\n")
    )
    assert problems(text) == ["21:15: formula: unknown name 'brnch'; did you mean 'branch'?"]


# --- the other words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("branch_is: На Обая", ["unknown branch 'На Обая'; did you mean 'На Абая'?"]),
        ("branch_is: [На Абая, на абая]", ["branch_is: a branch is named twice; leave one out"]),
        ("branch_is: []", ["branch_is: name at least one branch"]),
        (
            "approved: refund",
            [
                "unknown name of an approve 'refund'; nobody is asked anything here: add an 'approve' with this name"
            ],
        ),
        ("approved: Refund", ["approved: 'Refund': use small latin letters, digits and _, at most 40"]),
    ],
)
def test_a_condition_that_is_wrong(when: str, expected: list[str]) -> None:
    assert [one.partition(": ")[2] for one in problems(rule(when))] == expected


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("wait: 0 min", ["wait: must be longer than nothing, for example '1 day'"]),
        ("wait: soon", ["wait: write a number and a unit"]),
        ("comment: x, wait: 1 day", ["nothing follows this 'wait'; put behind it what is to be done then"]),
        ("call_webhook: {webhook: loyality, event: a.b}", ["webhook: unknown webhook 'loyality'; did you mean 'loyalty'?"]),
        ("call_webhook: {webhook: loyalty}", ["'event' is missing"]),
        (
            "call_webhook: {webhook: loyalty, event: Visit}",
            ["event: 'Visit': write small latin letters, digits and _ with a point between, for example visit.rated"],
        ),
        (
            "call_webhook: {webhook: loyalty, event: bonus.confirmed}",
            ["event: names in 'bonus.' are told by confirm_bonus; write another one"],
        ),
        ("call_webhook: {webhook: loyalty, event: a.b, data: {}}", ['data: write names and their values, for example {deal: "{deal_id}"}']),
        (
            "call_webhook: {webhook: loyalty, event: a.b, data: {Deal: x}}",
            ["'Deal': use small latin letters, digits and _, at most 40"],
        ),
        (
            'call_webhook: {webhook: loyalty, event: a.b, data: {deal: "{dael_id}"}}',
            ["deal: unknown variable 'dael_id'; did you mean 'deal_id'?"],
        ),
        ("approve: {name: refund, title: x, text: x, for: branch_head}", ["'due' is missing"]),
        (ASK, ["nothing follows from the answer to 'refund': add a rule with 'approved: refund' or 'declined: refund'"]),
        (
            "say: {text: x, file: http://a.kz/x.pdf}",
            ["file: 'http://a.kz/x.pdf': only https:// is fetched by messengers; write https://"],
        ),
        (
            "say: {text: x, file: 'https://u:p@a.kz/x'}",
            ["file: 'https://u:p@a.kz/x': a name or password in the address would be shown to clients; leave it out"],
        ),
        ("say: {file: https://a.kz/x.pdf}", ["say: 'text' is missing"]),
        ("say: {text: x, fail: https://a.kz/x.pdf}", ["unknown word 'fail'"]),
    ],
)  # fmt: skip
def test_an_action_that_is_wrong(do: str, expected: list[str]) -> None:
    items = do if do.startswith("comment") or do.startswith("end") else f"{do}"
    found = [one.partition(": ")[2] for one in problems(step(items))]
    assert [told.startswith(wanted) for told, wanted in zip(found, expected, strict=True)] == [True], found


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/x.pdf", "https://127.0.0.1/x.pdf", "https://[::1]/x.pdf", "https:///x.pdf", "https://a..kz/x",
        "https://a.kz:8443/x.pdf", "https://a.kz/{deal_id}.pdf", "ftp://a.kz/x", "memo.pdf", "https://a.kz/" + "x" * 2000,
        "https://a.kz/x y.pdf", "https://a_b.kz/x.pdf", "https://10.0.0.5/x.pdf",
    ],
)  # fmt: skip
def test_an_address_that_no_messenger_may_fetch(address: str) -> None:
    (problem,) = problems(step(f'say: {{text: x, file: "{address}"}}'))
    assert ": file: '" in problem


@pytest.mark.parametrize(
    "address", ["https://acme.example/a.pdf", "https://файлы.рф/памятка.pdf?v=2", "https://a.kz:443/x"]
)
def test_an_address_that_is_good(address: str) -> None:
    (said,) = load_text(step(f'say: {{text: x, file: "{address}"}}'), "s.yaml", NAMES).steps["after"].do
    assert said == Say(Text("x"), address)


# --- sense ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ("{name: new, when: {branch_is: На Абая}, do: [comment: x]}", "would be followed again and again"),
        (
            "{name: new, when: {formula: 'average > 8.0'}, do: [comment: x]}",
            "would be followed again and again",
        ),
        (
            "{name: new, when: {in_step_for: 1 day}, do: [comment: x, wait: 1 day, comment: x]}",
            "again and again",
        ),
        ("{name: new, when: [branch_is: На Абая, branch_is: На Момышулы], do: [end: x]}", "can never match"),
        (
            "{name: a, when: {branch_is: [На Абая, На Момышулы]}, do: [end: x]}\n"
            "{name: b, when: {branch_is: На Абая, average_below: 5}, do: [end: y]}",
            "rule 'b' never gets its turn: 'a' (line 17) always matches before it",
        ),
    ],
)
def test_what_makes_no_sense(rules: str, fault: str) -> None:
    with pytest.raises(BadScenarios) as bad:
        further(rules)
    assert any(fault in str(one) for one in bad.value.problems), bad.value


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        ("    do: [go_to: after]\n", "comes back to itself without waiting for anything"),
        ("    do: [comment: x, wait: 1 day, go_to: after]\n", "no road from step 'after' leads to an end"),
        (
            "    do: [end: x]\n    rules: [{name: a, when: link_clicked, do: [end: y]}]\n",
            "leaves at once; its rules are never looked at",
        ),
        ("    do: [wait: 1 day, comment: x]\n", "has no way out"),
        (
            "    rules:\n      - {name: yes, when: [approved: a, declined: a], do: [end: y]}\n"
            "      - {name: over, when: {in_step_for: 9 days}, do: [end: over]}\n",
            "its conditions exclude each other",
        ),
    ],
)
def test_roads_that_make_no_sense(after: str, fault: str) -> None:
    with pytest.raises(BadScenarios) as bad:
        further(after=after)
    assert any(fault in str(one) for one in bad.value.problems), bad.value


def test_one_list_asks_the_same_once() -> None:
    again = "approve: {name: a, title: T, text: Why, for: 7, due: 1 day}"
    after = (
        f"    do:\n      - {again}\n      - {again}\n"
        "    rules:\n      - {name: yes, when: {approved: a}, do: [end: y]}\n"
        "      - {name: over, when: {in_step_for: 9 days}, do: [end: over]}\n"
    )
    with pytest.raises(BadScenarios, match="'a' is asked twice in this list; give one another name"):
        further(after=after)
    assert further(
        after=after.replace("name: a,", "name: b,", 1).replace("approved: a}", "approved: a, declined: b}")
    )


def test_a_pause_is_a_wait_for_the_roads() -> None:
    after = (
        "    do: [comment: x, wait: 1 day, go_to: after]\n"
        "    rules: [{name: a, when: link_clicked, do: [end: y]}]\n"
    )
    assert further(after=after).steps["after"].rules[0].name == "a"


# --- parameters -------------------------------------------------------------------------------

PARAMETERS = (
    "parameters:\n  good_from: {is: number, default: 8, about: x}\n  place: {is: text, default: На Абая, about: x}\n"
    "branches:\n  На Момышулы: {good_from: 8.5}\n"
)


def with_parameters(formula: str) -> str:
    good = rule(f"formula: {formula}").replace("values:\n", PARAMETERS + "values:\n", 1)
    return good.replace("do: [comment: x]", 'do: [comment: "{$place}"]').replace(
        "answered > 0", "average < $good_from"
    )


@pytest.mark.parametrize(
    ("formula", "becomes", "elsewhere"),
    [
        ("average >= $good_from", "average >= 8.0", "average >= 8.5"),
        ("'average >= {$good_from}'", "average >= 8.0", "average >= 8.5"),
        ("'branch == \"{$place}\" && total > $good_from'", 'branch == "На Абая" && total > 8.0',
         'branch == "На Абая" && total > 8.5'),
        ("'branch == \"$place\" || \"{$good_from}\" == sort'", 'branch == "$place" || "8" == sort',
         'branch == "$place" || "8.5" == sort'),
    ],
)  # fmt: skip
def test_parameters_in_a_formula(formula: str, becomes: str, elsewhere: str) -> None:
    """Numbers are fractions there; in quotes a parameter stands as it is written."""
    made = load_text(with_parameters(formula), "s.yaml", NAMES)
    found = [one.steps["ask"].rules[0].when[0] for one in (made, made.at_branch("На Момышулы"))]
    assert [one.text for one in found if isinstance(one, Formula)] == [becomes, elsewhere]


def test_a_parameter_that_is_not_there_is_told_of_once() -> None:
    (problem,) = problems(with_parameters("average >= $good_form"))
    assert problem.endswith("unknown parameter 'good_form'; did you mean 'good_from'?")
