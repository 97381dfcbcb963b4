"""Who may do what, and where: by the policy itself, and at every door of the console, one by one."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count, product
from pathlib import Path
from sqlite3 import connect
from typing import Any, NamedTuple

import pytest
from fastapi.routing import iter_route_contexts
from sqlmodel import select
from starlette.testclient import TestClient

from qc_engine.store import outbox, views
from qc_engine.store.console_tables import ApiTokenRow, UserRow
from qc_engine.store.database import Database
from qc_engine.store.tables import CaseRow, InboxRow
from qc_engine.store.users import hashed
from qc_engine.web.app import _fastapi
from qc_engine.web.console.gate import LOGIN
from qc_engine.web.console.policy import (
    ALLOWED,
    GRANTED,
    OF_THE_WHOLE,
    Action,
    Place,
    Role,
    Scope,
    User,
    Where,
    fitting,
    fitting_scopes,
    may,
    may_appoint,
    scope,
    token_may,
)
from qc_engine.web.console.words import say
from qc_engine.wiring import Installation
from tests.conftest import NOON
from tests.connectors.webhook.test_webhook import Receiver
from tests.disk import quick
from tests.flow.fakes import BRANCH
from tests.web.console.calls import ANYWHERE, CALLS, COMPANY, PORTAL, api, bearer
from tests.web.console.calls import BRANCH as A_BRANCH
from tests.web.console.calls import Row as Call
from tests.web.console.conftest import Built
from tests.web.console.house import OVERDUE, UNCLEAR, House, csrf, lived_in, phone_of
from tests.web.console.shop import SHADOW, STRICTER, THANKS, opened, portal_was_read
from tests.web.console.test_dissatisfied import LOW, complained
from tests.web.console.test_scenarios_past import begin, ended
from tests.web.console.test_scenarios_past import lived as answered
from tests.web.console.test_settings_webhooks import called, wired
from tests.web.console.test_whole_app import doors

HERE, THERE, NAMESAKE = Place("main", "На Абая"), Place("main", "На Сейфуллина"), Place("astana", "На Абая")
LOOK = {"see_queue", "see_cases"}
ALL = {"see_queue", "settle", "handle", "replay", "see_cases", "see_phone", "answer_reviews"}
ALL |= {"see_scenarios", "change_scenarios", "see_analytics"}
OF_STAFF = {"manage_users", "see_audit", "manage_tokens", "share_views"}
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


ROOT = Path(__file__).resolve().parents[3]
SCOPES = {  # may somebody of this role see every branch; may they be bound to some?
    "ru": {(True, False): "все", (True, True): "все или названные", (False, True): "свои"},
    "en": {(True, False): "all", (True, True): "all or some", (False, True): "own"},
}


def fits(role: Role, *branches: Place) -> bool:
    try:
        fitting(role, branches)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("page", "language"), [("console.md", "en"), ("console.ru.md", "ru")])
def test_people_are_told_the_same(page: str, language: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line[:1] == "|"]
    (_, *roles), _, (_, *branches), *acts = rows
    assert roles == [say(language, f"role.{role}") for role in Role]
    assert branches == [SCOPES[language][fits(role), fits(role, HERE)] for role in Role]
    assert len({act for act, *_ in acts}) == len(Action), "a row for every action, in the order of the policy"
    assert [marks for _, *marks in acts] == [
        ["●" if one in ALLOWED[role] else "" for role in Role] for one in Action
    ]


# --- at every door ----------------------------------------------------------------------------

# owner, admin, integrator, head, manager, observer; and where: anywhere at all, in a portal of theirs, in a
# branch of theirs, in the whole company.
EVERYBODY = "OAIHMV anywhere"
OF_THE_BRANCH = "OAIHMV branch"
STEERED, SPOKEN, SETTLED, HEADS = "OAIHM branch", "OAHM branch", "OAIH branch", "OAH branch"
NUMBERS = "OAIHV anywhere"
KEPT_FOR_ALL = "OA branch"  # a list of that branch which somebody else shares with everybody
READ, CHANGED, COUNTED = "OAIHV portal", "OAI company", "OAIV company"
WHOLE, RUN, KEPT, OWN = "OAIHMV company", "OAI company", "OA company", "O company"
CASE, REVIEW, SCENARIO = (
    "/console/cases/{case_id}",
    "/console/reviews/{case_id}",
    "/console/scenarios/{portal}/{name}",
)
SETTINGS = "/console/settings"
LATE = {"seen": "999"}  # of a page that is older than anything: past the guard, and nothing is done
NONSENSE = {"do": "nonsense"}


class Row(NamedTuple):
    """One thing that a route does: for whom it exists at all (404), and who may do it (403)."""

    method: str
    path: str
    sees: str
    does: str = ""  # like `sees`
    form: Mapping[str, str] = {}
    case: str = "case"  # which one stands in the path
    do: str = ""
    query: str = ""


MATRIX = [
    Row("GET", "/console", EVERYBODY),
    Row("GET", "/console/today/queue", EVERYBODY),
    Row("POST", "/console", OF_THE_BRANCH, SETTLED, {"key": "effect:{effect}", "do": "happened"}),
    Row("POST", "/console", OF_THE_BRANCH, SETTLED, {"key": "effect:{effect}", "do": "again"}),
    Row("POST", "/console", OF_THE_BRANCH, SETTLED, {"key": "effect:{effect}", "do": "drop"}),
    Row("POST", "/console", OF_THE_BRANCH, STEERED, {"key": "unclear:{unclear}:1", "do": "handled"}),
    Row("POST", "/console", OF_THE_BRANCH, STEERED, {"key": "overdue:{case}:1", "do": "handled"}),
    Row("POST", "/console", WHOLE, RUN, {"key": "inbox:{inbox}", "do": "replay"}),
    Row("POST", "/console", WHOLE, RUN, {"key": "inbox:{inbox}", "do": "dismiss"}),
    Row("POST", "/console", WHOLE, RUN, {"key": "unmatched:1", "do": "handled"}),
    Row("GET", "/console/cases", EVERYBODY),
    Row("GET", "/console/cases", EVERYBODY, query="?branch=main/{branch}"),
    Row("GET", "/console/cases", EVERYBODY, query="?q={phone}"),
    Row("GET", "/console/cases", EVERYBODY, query="?view=board&scenario=tyre_centre"),
    Row("GET", "/console/cases/views", EVERYBODY),
    Row("POST", "/console/cases/views", EVERYBODY, form={"name": "", "filters": "state=active"}),
    *(
        Row("POST", "/console/cases/views/{view_id}", OF_THE_BRANCH, KEPT_FOR_ALL, {**LATE, "do": do})
        for do in ("rename", "share", "unshare", "remove", "restore")
    ),
    Row("GET", CASE, OF_THE_BRANCH),
    Row("GET", f"{CASE}/phone", OF_THE_BRANCH),
    Row("POST", f"{CASE}/phone", OF_THE_BRANCH, SPOKEN),
    *(
        Row(method, f"{CASE}/act/{{do}}", OF_THE_BRANCH, does, LATE, do=do)
        for method in ("GET", "POST")
        for does, acts in (
            (STEERED, ("stop", "pause", "resume")),
            (SPOKEN, ("score", "answer")),
            (HEADS, ("resend",)),
        )
        for do in acts
    ),
    Row("GET", "/console/reviews", EVERYBODY),
    Row("GET", "/console/reviews", OF_THE_BRANCH, query="?tab=funnel&branch=main/{branch}"),
    Row("GET", "/console/reviews.csv", EVERYBODY),
    Row("GET", "/console/reviews.csv", OF_THE_BRANCH, query="?branch=main/{branch}"),
    Row("POST", "/console/reviews", OF_THE_BRANCH, SPOKEN, {**LATE, "case": "{case}", "do": "answer"}),
    Row("GET", REVIEW, OF_THE_BRANCH),
    Row("POST", REVIEW, OF_THE_BRANCH, SPOKEN, {**LATE, "do": "answer"}),
    Row("POST", REVIEW, OF_THE_BRANCH, SPOKEN, {**LATE, "do": "take_back"}),
    Row("GET", "/console/dissatisfied", EVERYBODY),
    Row("GET", "/console/dissatisfied", OF_THE_BRANCH, query="?branch=main/{branch}"),
    Row("GET", "/console/dissatisfied.csv", EVERYBODY),
    Row("GET", "/console/dissatisfied.csv", OF_THE_BRANCH, query="?branch=main/{branch}"),
    Row("GET", "/console/dissatisfied/{case_id}", OF_THE_BRANCH, case="unhappy"),
    Row("POST", "/console/dissatisfied/{case_id}", OF_THE_BRANCH, HEADS, LATE, case="unhappy"),
    *(
        Row("GET", f"/console/analytics{what}", sees, query=query)
        for what in ("", ".csv", ".xlsx")
        for sees, query in ((NUMBERS, ""), ("OAIHV branch", "?branch=main/{branch}"))
    ),
    Row("GET", "/console/analytics/week", NUMBERS),
    Row("GET", "/console/scenarios", NUMBERS),
    *(Row("GET", f"{SCENARIO}{page}", READ) for page in ("", "/text", "/compare")),
    Row("POST", f"{SCENARIO}/tests", READ),
    *(Row("GET", f"{SCENARIO}{page}", COUNTED) for page in ("/did", "/beside", "/past/{id_}")),
    Row("GET", f"{SCENARIO}/past/{{id_}}/{{case_id}}", COUNTED, case="past_case"),
    *(
        Row("GET", f"{SCENARIO}/{page}", READ, CHANGED)
        for page in ("activate", "try", "promote", "edit", "past", "migrate", "undo")
    ),
    Row("POST", SCENARIO, READ, CHANGED, NONSENSE),
    *(
        Row("POST", f"{SCENARIO}/{page}", READ, CHANGED)  # without a reason nothing is done
        for page in ("activate", "try", "promote", "edit", "keep", "undo")
    ),
    Row("POST", f"{SCENARIO}/migrate", READ, CHANGED, {"version": "{version}"}),
    Row("POST", f"{SCENARIO}/check", READ, CHANGED, {"text": "scenario: small"}),
    Row("POST", f"{SCENARIO}/past", READ, CHANGED, {"text": "not a scenario"}),
    Row("POST", f"{SCENARIO}/past/{{id_}}", READ, CHANGED),
    *(Row("GET", f"{SETTINGS}{tab}", RUN) for tab in ("", "/lanes", "/connections", "/doctor", "/webhooks")),
    Row("POST", f"{SETTINGS}/doctor", RUN),
    Row("POST", f"{SETTINGS}/webhooks", RUN, "", NONSENSE),
    *(Row("GET", f"{SETTINGS}/{tab}", KEPT) for tab in ("users", "users/{user_id}", "audit", "audit.csv")),
    Row("POST", f"{SETTINGS}/users", KEPT, "", {"role": "nonsense"}),
    Row("POST", f"{SETTINGS}/users/{{user_id}}", KEPT, "", NONSENSE),
    Row("GET", f"{SETTINGS}/tokens", OWN),
    Row("POST", f"{SETTINGS}/tokens", OWN, "", NONSENSE),
    Row("GET", "/console/privacy", KEPT),
    Row("GET", "/console/privacy/{step}", KEPT),
    *(
        Row("POST", f"/console/privacy/{step}", KEPT, "", {"phone": "{phone}", "kind": "json"})
        for step in ("find", "file", "erase")  # without a reason nothing is handed out, nor erased
    ),
    Row("GET", "/console/account", EVERYBODY),
    Row("POST", "/console/account", EVERYBODY, "", {"session": "others"}),
    Row("GET", "/console/account/two-steps", EVERYBODY),
    Row("POST", "/console/account/two-steps", EVERYBODY, "", NONSENSE),
    *(Row(method, "/console/account/identity", EVERYBODY) for method in ("GET", "POST")),  # nothing is linked
    Row("POST", "/console/logout", EVERYBODY),  # the last one: nobody gets any further
]
OPEN = {  # to strangers too: the way in, and how the pages look
    ("GET", "/console/login"), ("POST", "/console/login"), ("POST", "/console/login/code"),
    ("GET", "/console/enter/{token}"), ("POST", "/console/enter/{token}"), ("POST", "/console/look"),
    ("GET", "/console/login/oidc"), ("GET", "/console/login/oidc/back"), ("GET", "/console/enter/{token}/oidc"),
}  # fmt: skip

TURN = count()  # of the visitors: no two have the same login
# Of one branch: this one, another of the same portal, and one of the same name in another portal.
COMPANY_WIDE, IN_HERE, IN_THERE, NAMESAKE_OF = "company", "here", "there", "namesake"
KNOWS = {
    COMPANY_WIDE: {"anywhere", "portal", "branch", "company"},
    IN_HERE: {"anywhere", "portal", "branch"},
    IN_THERE: {"anywhere", "portal"},
    NAMESAKE_OF: {"anywhere"},
}
PAST_THE_GUARD = {200, 204, 303, 400, 409, 422}
LETTERS = {
    "O": Role.OWNER, "A": Role.ADMIN, "I": Role.INTEGRATOR, "H": Role.HEAD, "M": Role.MANAGER, "V": Role.OBSERVER
}  # fmt: skip
VISITORS = [
    *((letter, COMPANY_WIDE) for letter in "OAIV"),
    *((letter, where) for letter in "IHMV" for where in (IN_HERE, IN_THERE, NAMESAKE_OF)),
]


def covers(right: str, letter: str, where: str) -> bool:
    letters, place = right.split()
    return letter in letters and place in KNOWS[where]


def due(row: Row, letter: str, where: str) -> int:
    """The status that this visitor gets; 200 stands for everything that is no refusal."""
    if not covers(row.sees, letter, where):
        return 404
    return 200 if covers(row.does or row.sees, letter, where) else 403


@dataclass
class Town:
    """A house in which everything has happened, another with a scenario that is tried, and what is in them."""

    house: House
    shop: House
    files: tuple[Path, Path]
    things: dict[str, str]

    def client(self, letter: str, where: str) -> Mapping[bool, TestClient]:
        """By whether it is about scenarios."""
        return {about: self._signed_in(house, letter, where) for about, house in self._houses.items()}

    @property
    def _houses(self) -> Mapping[bool, House]:
        return {False: self.house, True: self.shop}

    def _signed_in(self, house: House, letter: str, where: str) -> TestClient:
        there = house.settings.branches[1].name
        branches = {IN_HERE: [BRANCH.name], NAMESAKE_OF: [BRANCH.name], IN_THERE: [there]}.get(where, [])
        name = f"{LETTERS[letter]}-{where}-{next(TURN)}"
        client = house.signed_in(LETTERS[letter], name, *branches)
        if where == NAMESAKE_OF:
            with house.database.transaction() as session:
                session.exec(select(UserRow).where(UserRow.name == name)).one().branches = [
                    ["astana", BRANCH.name]
                ]
        return client

    def cases(self) -> list[str]:
        """Nobody of another branch reads any of these."""
        with self.house.database.reading() as session:
            return list(session.exec(select(CaseRow.id)).all())

    def told(self) -> list[str]:
        """Everything that both databases hold."""
        lines = []
        for file in self.files:
            with closing(connect(file)) as database:
                lines += list(database.iterdump())
        return lines

    def sent(self, clients: Mapping[bool, TestClient], row: Row, token: str = "", **headers: str) -> Any:
        things = {**self.things, "do": row.do, "case_id": self.things[row.case]}
        client = clients[row.path.startswith("/console/scenarios")]
        path = (row.path + row.query).format_map(things)
        if row.method == "GET":
            return client.get(path, headers=headers)
        form = {name: value.format_map(things) for name, value in row.form.items()}
        return client.post(path, data={**form, **({"csrf": token} if token else {})}, headers=headers)


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, built: Built, settings: Installation
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    files = folder / "house.db", folder / "shop.db"
    databases = [quick(Database(f"sqlite:///{shutil.copy(sqlite_template, file)}")) for file in files]
    house = wired(complained(lived_in(built(databases[0], NOON))), Receiver())
    shop = answered(opened(databases[1], settings, folder / "scenarios"), d1="8", d2="3")
    with pytest.MonkeyPatch.context() as monkeypatch:
        portal_was_read(monkeypatch)
        client = shop.house.signed_in(Role.OWNER, "Олег")
        past = begin(client, version=shop.kept(STRICTER))
        ended(shop, client, past)
        shop.tried(shop.kept(THANKS), SHADOW)
        delivery = str(called(house, outbox.DONE))
        yield Town(house, shop.house, files, {**things_of(house), "past_case": shop.house.case(1).id,
                   "webhook": "loyalty", "delivery": delivery,
                   "id_": past.rpartition("/")[2], "portal": "main", "name": "small", "version": shop.row.version})  # fmt: skip
    for database in databases:
        database.close()


def things_of(house: House) -> dict[str, str]:
    house.link(Role.OBSERVER, "Глеб", BRANCH.name)
    with house.database.reading() as session:
        inbox = session.exec(select(InboxRow.id).where(InboxRow.key == "deal:77")).one()
        user = session.exec(select(UserRow.id).where(UserRow.name == "Глеб")).one()
    with house.database.transaction() as session:
        filters = {"branch": f"main/{BRANCH.name}"}
        views.add(session, "sharedview", user, "Глеб", "Общий", filters, NOON).shared = True
    (effect,) = house.rows(outbox.REVIEW)
    return {
        "view_id": "sharedview",
        "case": house.case(OVERDUE).id, "unclear": house.case(UNCLEAR).id, "unhappy": house.case(LOW[0]).id,
        "phone": phone_of(OVERDUE), "branch": BRANCH.name, "effect": str(effect.id), "inbox": str(inbox),
        "user_id": user, "step": "find",
    }  # fmt: skip


@pytest.fixture
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    portal_was_read(monkeypatch)


def test_every_route_is_in_the_matrix(house: House) -> None:
    found = [
        (method, one.path)
        for one in iter_route_contexts(_fastapi(doors(house.console)).routes)
        for method in (one.methods or {"any"})
        if one.path and one.path.startswith("/console")
    ]
    assert len(found) == len(set(found)), "the second of the same never gets anything"
    assert {(row.method, row.path) for row in MATRIX} | OPEN == set(found)


@pytest.mark.usefixtures("_names")
@pytest.mark.parametrize(("letter", "where"), VISITORS)
def test_what_each_visitor_gets_at_every_door(town: Town, letter: str, where: str) -> None:
    clients = town.client(letter, where)
    token = {about: csrf(client.get("/console/account").text) for about, client in clients.items()}

    def got(row: Row) -> Any:
        return town.sent(clients, row, token[row.path.startswith("/console/scenarios")])

    before = town.told()
    refused = [row for row in MATRIX if due(row, letter, where) != 200]
    answers = [(row, got(row).status_code) for row in refused]
    assert [one for one in answers if one[1] != due(one[0], letter, where)] == []
    assert town.told() == before, "whoever is refused leaves nothing behind"
    secrets = [] if covers(OF_THE_BRANCH, letter, where) else town.cases()
    for row in MATRIX:
        if row not in refused:
            answer = got(row)
            assert answer.status_code in PAST_THE_GUARD, (row, answer.status_code)
            assert answer.headers.get("location") != LOGIN or row.path.endswith("/logout")
            assert [one for one in secrets if one in answer.text] == [], row


def test_strangers_get_the_login_page(town: Town) -> None:
    clients = dict.fromkeys((False, True), town.house.guest())
    before = town.told()
    for row in MATRIX:
        answer = town.sent(clients, row)
        assert (answer.status_code, answer.headers["location"]) == (303, LOGIN), row
        part = town.sent(clients, row, **{"HX-Request": "true"})
        assert (part.status_code, part.headers["hx-redirect"]) == (401, LOGIN), row
    assert town.told() == before


def test_every_form_is_our_own(town: Town) -> None:
    clients = town.client("O", COMPANY_WIDE)
    token = {about: csrf(client.get("/console/account").text) for about, client in clients.items()}
    before = town.told()
    for row in MATRIX:
        if row.method == "POST":
            good = token[row.path.startswith("/console/scenarios")]
            bad = [
                town.sent(clients, row),
                town.sent(clients, row, good[:-1] + "!"),
                town.sent(clients, row, good, Origin="https://evil.example"),
                town.sent(clients, row, good, **{"Sec-Fetch-Site": "cross-site"}),
            ]
            assert [one.status_code for one in bad] == [403] * 4, row
    assert town.told() == before


# --- at every call of /api --------------------------------------------------------------------

SEEN_FROM = {  # what a token that is bound so knows of
    COMPANY_WIDE: {ANYWHERE, A_BRANCH, PORTAL, COMPANY},
    IN_HERE: {ANYWHERE, A_BRANCH, PORTAL},
    IN_THERE: {ANYWHERE, PORTAL},
    NAMESAKE_OF: {ANYWHERE},
}
DONE_OR_REFUSED_AS_IT_STANDS = {200, 202, 409, 422}


class Machines:
    """A town's other systems: to each scope one that has it alone, and one that has all others; and where."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.clients = {about: api(house) for about, house in town._houses.items()}
        numbers = count()
        for house in town._houses.values():
            rows = [self._row(house, next(numbers), *one) for one in product(Scope, (True, False), KNOWS)]
            with house.database.transaction() as session:
                session.add_all(rows)

    def _row(self, house: House, number: int, one: Scope, has_it: bool, where: str) -> ApiTokenRow:
        there = house.settings.branches[1].name
        branches = {
            IN_HERE: [["main", BRANCH.name]], IN_THERE: [["main", there]], NAMESAKE_OF: [["astana", BRANCH.name]]
        }.get(where)  # fmt: skip
        return ApiTokenRow(
            id=f"t{number}", token_hash=hashed(_token(one, has_it, where)), name="Касса", made_by="Анна",
            scopes=[each for each in Scope if (each is one) == has_it], branches=branches, created_at=NOON,
            used_at=house.console.wall.now(),
        )  # fmt: skip

    def sent(self, call: Call, where: str, has_it: bool = True) -> Any:
        about = call.path.startswith("/api/scenarios")
        case = self.town.things["unhappy" if "complaints" in call.path else "case"]
        named = {name: self.town.things[which] for name, which in call.of.items()}
        things = {**self.town.things, "case_id": case, **named}
        body = None if call.body is None else {
            name: value.format_map(things) if isinstance(value, str) else value for name, value in call.body.items()
        }  # fmt: skip
        headers = bearer(_token(call.scope or Scope.STATUS, has_it, where))
        path = (call.path + call.query).format_map(things)
        return self.clients[about].request(call.method, path, json=body, headers=headers)


def _token(one: Scope, has_it: bool, where: str) -> str:
    return f"qc_{one}_{has_it}_{where}"


@pytest.fixture(scope="module")
def machines(town: Town) -> Machines:
    return Machines(town)


def test_every_call_is_in_the_table(house: House) -> None:
    whole = replace(doors(house.console), take=lambda _: None)  # type: ignore[arg-type, return-value]
    found = {
        (method, one.path)
        for one in iter_route_contexts(_fastapi(whole).routes)
        for method in (one.methods or {"any"})
        if one.path and one.path.startswith("/api")
    }
    assert {(call.method, call.path) for call in CALLS} == found


@pytest.mark.usefixtures("_names")
@pytest.mark.parametrize("where", KNOWS)
def test_what_each_scope_gets_at_every_call(town: Town, machines: Machines, where: str) -> None:
    def due(call: Call) -> int:
        if where != COMPANY_WIDE and call.scope in OF_THE_WHOLE:
            return 403
        return 200 if call.place in SEEN_FROM[where] else 404

    before = town.told()
    for call in CALLS:
        if due(call) != 200:
            assert machines.sent(call, where).status_code == due(call), call
        if call.scope:
            assert machines.sent(call, where, has_it=False).status_code == 403, call
    assert town.told() == before, "whoever is refused leaves nothing behind"
    secrets = [] if A_BRANCH in SEEN_FROM[where] else town.cases()
    for call in CALLS:
        if due(call) == 200:
            answer = machines.sent(call, where)
            assert answer.status_code in DONE_OR_REFUSED_AS_IT_STANDS, (call, answer.text)
            assert [one for one in secrets if one in answer.text] == [], call
            shows = call.scope in (Scope.PHONES, Scope.PRIVACY)
            assert shows == (town.things["phone"] in answer.text), call


@pytest.mark.parametrize("one", Scope)
def test_what_a_scope_lets_do(one: Scope) -> None:
    machine = User("t", "Касса", Role.OWNER, scopes=frozenset({one}))
    assert allowed(machine, Where.COMPANY) == {action.value for action in GRANTED[one]}, (
        "the role says nothing"
    )
    bound = User("t", "Касса", Role.OWNER, frozenset({HERE}), frozenset({one}))
    assert (allowed(bound, HERE), allowed(bound, THERE)) == (allowed(machine, HERE), set())
    appointed = {role for role in Role if may_appoint(machine, role)}
    assert appointed == (set(Role) - {Role.OWNER, Role.ADMIN} if one is Scope.USER_ACTS else set())
    assert [each for each in Scope if token_may([one], each)] == [one]
    if one in OF_THE_WHOLE:
        assert not token_may([one], one, is_bound=True)
        with pytest.raises(ValueError, match="whole company"):
            fitting_scopes([one], [HERE])
    else:
        assert token_may([one], one, is_bound=True)
        assert (fitting_scopes([one], [HERE]), fitting_scopes([one], [])) == ([HERE], None)
