"""Who may do what, and where: a row for every role, and nothing that is not in the table."""

import pytest

from qc_engine.web.console.policy import (
    ALLOWED,
    Action,
    Place,
    Role,
    User,
    Where,
    fitting,
    may,
    may_appoint,
    scope,
)

HERE, THERE, NAMESAKE = Place("main", "На Абая"), Place("main", "На Сейфуллина"), Place("astana", "На Абая")
LOOK = {"see_queue", "see_cases"}
ALL = {"see_queue", "settle", "handle", "replay", "see_cases", "see_phone", "answer_reviews"}
ALL |= {"see_scenarios", "change_scenarios", "see_analytics"}
OF_STAFF = {"manage_users", "see_audit", "manage_tokens"}
FOR_CLIENTS = {"see_phone", "answer_reviews", "speak_for_clients"}
OF_CLIENTS = FOR_CLIENTS | {"keep_privacy", "work_on_complaints"}
ALL |= OF_STAFF | OF_CLIENTS | {"steer_cases"} | {"see_settings", "send_webhooks"}
# role: what it may do in its own branch, elsewhere, and for the whole company
OF_ONE_BRANCH: list[tuple[str, set[str], set[str], set[str]]] = [
    (
        "head",
        ALL - OF_STAFF - {"replay", "change_scenarios", "see_settings", "send_webhooks", "keep_privacy"},
        set(),
        set(),
    ),
    ("manager", LOOK | FOR_CLIENTS | {"handle", "steer_cases"}, set(), set()),
    ("observer", LOOK | {"see_scenarios", "see_analytics"}, set(), set()),
    ("integrator", ALL - OF_STAFF - OF_CLIENTS, set(), set()),
]
OF_EVERY_BRANCH = [
    ("owner", ALL),
    ("admin", ALL - {"manage_tokens"}),
    ("integrator", ALL - OF_STAFF - OF_CLIENTS),
    ("observer", LOOK | {"see_scenarios", "see_analytics"}),
]


def allowed(user: User, thing: Place | Where) -> set[str]:
    return {action.value for action in Action if may(user, action, thing)}


@pytest.mark.parametrize(("role", "here", "there", "company"), OF_ONE_BRANCH)
def test_of_one_branch(role: str, here: set[str], there: set[str], company: set[str]) -> None:
    user = User("u", "Анна", Role(role), frozenset({HERE}))
    assert allowed(user, HERE) == allowed(user, Where.ANYWHERE) == here
    assert allowed(user, THERE) == allowed(user, NAMESAKE) == there
    assert allowed(user, Where.COMPANY) == company
    assert scope(user) == frozenset({("main", "На Абая")})


@pytest.mark.parametrize(("role", "actions"), OF_EVERY_BRANCH)
def test_of_every_branch(role: str, actions: set[str]) -> None:
    user = User("u", "Анна", Role(role))
    assert all(allowed(user, one) == actions for one in (HERE, THERE, NAMESAKE, *Where))
    assert scope(user) is None


def test_nobody_without_a_branch_sees_anything() -> None:
    user = User("u", "Анна", Role.HEAD, frozenset())
    assert [allowed(user, one) for one in (HERE, Where.COMPANY)] == [set(), set()]
    assert scope(user) == frozenset()


@pytest.mark.parametrize("role", Role)
def test_who_makes_and_changes_whom(role: Role) -> None:
    appoints = {one: may_appoint(User("u", "Анна", one), role) for one in Role}
    makers = {Role.OWNER} if role is Role.OWNER else {Role.OWNER, Role.ADMIN}
    assert {one for one, may_do in appoints.items() if may_do} == makers


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Role)


@pytest.mark.parametrize(
    ("role", "branches", "gets"),
    [
        ("head", [], "belongs to a branch"),
        ("manager", [], "belongs to a branch"),
        ("owner", [HERE], "sees every branch"),
        ("admin", [HERE], "sees every branch"),
        ("head", [HERE], [HERE]),
        ("observer", [], None),
        ("observer", [HERE, THERE], [HERE, THERE]),
        ("integrator", [], None),
    ],
)
def test_which_branches_go_with_a_role(role: str, branches: list[Place], gets: object) -> None:
    if isinstance(gets, str):
        with pytest.raises(ValueError, match=gets):
            fitting(Role(role), branches)
    else:
        assert fitting(Role(role), branches) == gets
