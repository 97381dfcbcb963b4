"""Trials in the console: what the form takes, what the page says will happen, and what is begun and promoted."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlmodel import select

from qc_engine.core.events import AnswerReceived, MessageRefused
from qc_engine.flow.versions import ramping
from qc_engine.flow.versions.ramping import condition
from qc_engine.ports import Arrival
from qc_engine.store import alarms
from qc_engine.store.database import Database
from qc_engine.store.tables import EffectRow
from qc_engine.web.console.policy import Role
from qc_engine.web.pages.scenarios.rooms import Pace, Plan
from qc_engine.web.pages.scenarios.trial_plan import STOPS, filled, number, outlook, usual
from qc_engine.wiring import Installation
from tests.flow.fakes import BRANCH
from tests.web.console.house import csrf
from tests.web.console.shop import (
    PATH,
    RAMP,
    SHADOW,
    STRICTER,
    THANKS,
    WHY,
    Shop,
    opened,
    portal_was_read,
    send,
)
from tests.web.console.test_scenarios import words

SHARE = {"mode": "share", "share": "10", "after": "20"}
SILENT = {"mode": "shadow"}
UNDELIVERED = {"stop.undelivered": "on", "n.undelivered": "5"}
OTHER_START = ("deal_in_stage: Закрыть заказ/наряд", "deal_in_stage: Оценка качества")


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    portal_was_read(monkeypatch)


@pytest.fixture
def shop(sqlite_database: Database, settings: Installation, tmp_path: Path) -> Shop:
    return opened(sqlite_database, settings, tmp_path / "scenarios")


@pytest.fixture
def each_shop(database: Database, settings: Installation, tmp_path: Path) -> Shop:
    """The same over either kind of database."""
    return opened(database, settings, tmp_path / "scenarios")


def begin(
    shop: Shop, version: str, form: Mapping[str, str], by: str = "Борис", **more: str
) -> tuple[int, str]:
    """As the page of this moment would send it."""
    stand = f"{shop.row.version}:{shop.row.mode}:{shop.row.candidate}"
    return send(
        shop.house.signed_in(name=by), "/try", version=version, stand=stand, reason=WHY, **form, **more
    )  # fmt: skip


def lived(shop: Shop, *deals: int) -> None:
    for deal in deals:
        shop.house.flow.close_order(deal, f"7701555{deal:04}")
    shop.house.flow.later(hours=2)


def says(shop: Shop, deal: int, text: str) -> None:
    now = shop.house.flow.clock.now()
    arrival = Arrival(f"inbox:{deal}", AnswerReceived(f"7701555{deal:04}", text, now, 5000 + deal))
    shop.house.flow.arrive(arrival, portal="")
    shop.house.flow.settle()


# --- the form ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "means"),
    [("5", "5"), (" 0,5 ", "0.5"), ("10.00", "10"), ("0.004", "0"), ("12.345", "12.35"), ("", ""), ("-1", ""),
     ("1e5", ""), ("٣", ""), ("5%", ""), ("1.2.3", ""), ("100", "100")],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, means: str) -> None:
    assert number(text) == means


def test_every_condition_on_the_page_is_one_of_the_engine() -> None:
    for stop in STOPS:
        rule = condition(stop.text.format(n=f"{stop.usual:g}"))
        assert (rule.measure, abs(rule.number)) == (stop.measure, stop.usual)
    assert usual().plan.stop_if == [
        "undelivered > 5%", "refused > 5%", "answered < active - 10%", "average < active - 0.5",
    ]  # fmt: skip


WRONG: list[tuple[dict[str, str], list[str]]] = [
    ({"mode": "all"}, ["wrong_mode", "wrong_after"]),
    ({"mode": "share", "share": "0", "after": "20"}, ["wrong_share"]),
    ({"mode": "share", "share": "101", "after": "20"}, ["wrong_share"]),
    ({"mode": "share", "share": "x", "after": "0"}, ["wrong_share", "wrong_after"]),
    ({"mode": "branches", "after": "20"}, ["wrong_branches"]),
    ({"mode": "branches", "branch.Чужой": "on", "after": "20"}, ["wrong_branches"]),
    ({**SHARE, "stop.average": "on"}, ["wrong_stop"]),
    ({**SHARE, "after": "2.5"}, ["wrong_after"]),
    ({**SHARE, "after": "10001"}, ["wrong_after"]),
    (SILENT, []),
    ({**SHARE, **UNDELIVERED}, []),
]


@pytest.mark.parametrize(("values", "wrong"), WRONG)
def test_what_the_form_takes(values: dict[str, str], wrong: list[str]) -> None:
    assert filled(values, ["На Абая"]).wrong == wrong


def test_what_is_filled_in_can_be_carried_on() -> None:
    values = {**SHARE, "mode": "branches", **UNDELIVERED, "branch.На Абая": "on", "n.average": "7"}
    form = filled(values, ["На Абая", "Север"])
    assert filled(form.fields(), ["На Абая", "Север"]) == form
    assert form.plan == Plan(RAMP, 0.0, ["На Абая"], ["undelivered > 5%"], 20)


PACE = Pace({"На Абая": 60, "Север": 240}, 30, ["На Абая", "Север"])


@pytest.mark.parametrize(
    ("plan", "mine", "until"),
    [
        (Plan(SHADOW), 10, None),
        (Plan(RAMP, 10, after=20), 1, 20),
        (Plan(RAMP, 0, ["На Абая"], after=5), 2, 3),
        (Plan(RAMP, 0, ["Запад"], after=5), 0, None),
    ],
)
def test_what_will_come_of_it(plan: Plan, mine: float, until: int | None) -> None:
    told = outlook(plan, PACE)
    assert (told.a_day, told.mine, told.until_judged) == (10, mine, until)


# --- considering ------------------------------------------------------------------------------


def test_the_form_shows_the_pace(each_shop: Shop) -> None:
    lived(each_shop, 1, 2, 3)
    version = each_shop.kept(THANKS)
    page = each_shop.house.signed_in().get(f"{PATH}/try?version={version}").text
    assert "За последние 1 дн. началось дел: 3, это около 3 в день." in words(page)
    assert f'name="branch.{BRANCH.name}"' in page
    assert 'name="stop.undelivered" checked' in page


def test_a_branch_of_any_name_is_a_field(shop: Shop) -> None:
    page = shop.house.signed_in().get(f"{PATH}/try?version=file").text
    names = re.findall(r'name="branch\.([^"]+)"', page)
    assert names == [one.name for one in shop.house.settings.branches]


def test_what_is_wrong_is_told_with_what_was_filled_in(shop: Shop) -> None:
    client, version = shop.house.signed_in(), shop.kept(THANKS)
    answer = client.get(
        f"{PATH}/try", params={"version": version, "mode": "share", "share": "<b>", "after": "7"}
    )
    assert (answer.status_code, "Доля: число больше 0" in answer.text) == (422, True)
    assert ("<b>" in answer.text, 'name="after" inputmode="numeric"' in answer.text) == (False, True)
    assert 'value="7"' in answer.text


def test_the_page_says_what_will_happen_before_anything_does(shop: Shop) -> None:
    lived(shop, 1, 2, 3, 4)
    version = shop.edit(THANKS)
    params = {"version": "file", **SHARE, **UNDELIVERED}
    page = shop.house.signed_in().get(f"{PATH}/try", params=params).text
    said = words(page)
    assert f"По версии {version[:8]} начнётся около 0,4 новых дел в день из примерно 4: это 10%." in said
    assert "не доставлено больше 5%" in said
    assert "Столько клиентов наберётся примерно за 50 дн." in said
    assert "Тестов прошло: 2, не прошло: 0" in said
    assert (f'name="version" value="{version}"' in page, 'name="of" value="file"' in page) == (True, True)
    assert shop.row.candidate == ""


def test_a_trial_that_has_to_make_way_is_named(shop: Shop) -> None:
    first, second = shop.kept(THANKS), shop.kept(("Разобраться", "Позвонить"))
    shop.tried(first, RAMP)
    page = shop.house.signed_in().get(f"{PATH}/try", params={"version": second, **SILENT}).text
    assert f"часть новых дел начинается по пробной версии {first[:8]}" in page


# --- beginning --------------------------------------------------------------------------------


def test_a_share_of_new_cases(each_shop: Shop) -> None:
    version = each_shop.kept(THANKS)
    form = {**SHARE, "share": "100", **UNDELIVERED}
    status, page = begin(each_shop, version, form, of="kept")
    assert (status, "Проба начата" in page) == (200, True), words(page)
    row = each_shop.row
    assert (row.mode, row.candidate, row.share) == (RAMP, version, 100)
    assert (list(row.stop_if), row.stop_after) == (["undelivered > 5%"], 20)
    assert each_shop.log[-1] == ("ramp_begun", "Борис", WHY)
    assert each_shop.audit()[-1] == ("Борис", "scenario.ramp", "scenario:main:small")
    assert "Остановится сама, если не доставлено больше 5%" in words(page)
    each_shop.follow()
    lived(each_shop, 1)
    says(each_shop, 1, "9")
    assert each_shop.house.flow.world.texts[-1] == "Большое спасибо!"


def test_all_new_cases_of_branches(shop: Shop) -> None:
    version = shop.kept(THANKS)
    form = {"mode": "branches", f"branch.{BRANCH.name}": "on", "after": "5"}
    assert begin(shop, version, form, of="kept")[0] == 200
    assert (list(shop.row.branches), shop.row.share, shop.row.stop_after) == ([BRANCH.name], 0, 5)


def test_silently_what_the_file_holds(each_shop: Shop) -> None:
    version = each_shop.edit(THANKS)
    status, page = begin(each_shop, version, SILENT, of="file")
    assert (status, "Тихая проба начата" in page, each_shop.row.mode) == (200, True, SHADOW)
    assert each_shop.audit()[-1][1] == "scenario.shadow"
    each_shop.follow()
    lived(each_shop, 1)
    says(each_shop, 1, "9")
    client = each_shop.house.signed_in()
    page = client.get(f"{PATH}/beside").text
    assert "сравнено дел: 1, одинаково: 0, иначе: 1, с ошибкой: 0" in words(page)
    assert ("Спасибо!" in page, "Большое спасибо!" in page) == (True, True)
    link = page.split(f'href="{PATH}/beside?case=', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    both = client.get(f"{PATH}/beside?case={link}").text
    real, mine = both.split('id="is_candidate"')
    assert ("«Спасибо!»" in real, "Большое" in real, "Большое спасибо!" in mine) == (True, False, True)
    assert client.get(f"{PATH}/beside?case=NOBODY22").status_code == 404


def stopped(shop: Shop) -> None:
    assert send(shop.house.signed_in(name="Вера"), "", do="stop", reason=WHY)[0] == 200


def begun(shop: Shop) -> None:
    shop.tried(shop.kept(("Разобраться", "Позвонить")), RAMP)


def rewritten(shop: Shop) -> None:
    shop.edit(("Разобраться", "Позвонить"))


def stricter(shop: Shop) -> None:
    shop.edit(STRICTER)


REFUSALS: list[tuple[Callable[[Shop], None], dict[str, str], str]] = [
    (begun, {}, "Тем временем кто-то изменил"),
    (rewritten, {}, "Текст с тех пор изменился"),
    (stricter, {}, "small.tests.yaml:6:"),
    (lambda _: None, {"reason": " "}, "Напишите причину"),
]


@pytest.mark.parametrize(
    ("meanwhile", "form", "says"), REFUSALS, ids=["begun", "rewritten", "stricter", "reason"]
)
def test_nothing_is_begun_that_nobody_has_seen_so(
    shop: Shop, meanwhile: Callable[[Shop], None], form: dict[str, str], says: str
) -> None:
    version, stand = shop.edit(THANKS), f"{shop.row.version}::"
    meanwhile(shop)
    before = shop.row
    given = {"version": version, "stand": stand, "of": "file", "reason": WHY, **SILENT, **form}
    status, page = send(shop.house.signed_in(), "/try", **given)
    assert (status in (409, 422), says in page) == (True, True), words(page)
    assert (shop.row.mode, shop.row.candidate) == (before.mode, before.candidate)
    assert shop.audit() == []


def test_what_cannot_be_compared_has_no_button(shop: Shop) -> None:
    client = shop.house.signed_in()
    for version, why in (
        (shop.row.version, "Эта версия уже действует"),
        (shop.kept(OTHER_START), "начинает дела иначе"),
    ):
        page = client.get(f"{PATH}/try", params={"version": version, **SILENT}).text
        assert (why in page, 'name="stand"' in page) == (True, False)
        assert begin(shop, version, SILENT, f"Борис{version[:4]}", of="kept")[0] == 409
    page = client.get(f"{PATH}/try", params={"version": "feed0000", **SILENT}).text
    assert "прочитать нельзя" in page
    assert shop.row.candidate == ""


def test_one_trial_makes_way_for_another(shop: Shop) -> None:
    first, second = shop.kept(THANKS), shop.kept(("Разобраться", "Позвонить"))
    assert begin(shop, first, SILENT, of="kept")[0] == 200
    assert begin(shop, second, SHARE, "Вера", of="kept")[0] == 200
    assert [what for what, _, _ in shop.log] == ["activated", "shadow_begun", "shadow_stopped", "ramp_begun"]
    assert shop.row.candidate == second


# --- stopped by itself ------------------------------------------------------------------------


def test_a_trial_that_stopped_itself_is_told_until_somebody_takes_note(each_shop: Shop) -> None:
    version = each_shop.kept(THANKS)
    form = {**SHARE, "share": "100", **UNDELIVERED, "after": "1"}
    assert begin(each_shop, version, form, of="kept")[0] == 200
    each_shop.follow()
    lived(each_shop, 1)
    with each_shop.house.database.reading() as session:
        row = session.exec(select(EffectRow).where(EffectRow.kind == "SendMessage")).one()
    now = each_shop.house.flow.clock.now()
    refused = MessageRefused("77015550001", "no_whatsapp", now, message_id=int(row.result))
    each_shop.house.flow.arrive(Arrival("refused:1", refused), portal="")
    each_shop.house.flow.settle()
    ramping.watch(each_shop.house.database, each_shop.house.flow.clock)
    client = each_shop.house.signed_in()
    page = client.get(PATH).text
    said = words(page)
    assert f"Проба версии {version[:8]} остановилась сама" in said
    assert "Сработало условие: не доставлено больше 5%." in said
    assert "100.0% of 1" in said
    assert each_shop.row.mode == ""
    assert send(client, "", do="stop", reason=WHY)[0] == 409, "there is nothing to stop any more"
    assert "остановилась сама" in client.get(PATH).text, "and the alarm still stands"
    status, page = send(client, "", do="clear", reason=WHY)
    assert (status, "Тревога снята" in page, "остановилась сама" in page) == (200, True, False)
    assert each_shop.audit()[-1] == ("Анна", "scenario.clear", "scenario:main:small")
    assert send(client, "", do="clear", reason=WHY)[0] == 409


# --- promoting --------------------------------------------------------------------------------


def test_promoted_with_the_figures_side_by_side(each_shop: Shop) -> None:
    version = each_shop.kept(THANKS)
    assert begin(each_shop, version, {**SHARE, "share": "100"}, of="kept")[0] == 200
    each_shop.follow()
    lived(each_shop, 1, 2)
    says(each_shop, 1, "9")
    client = each_shop.house.signed_in()
    page = client.get(f"{PATH}/promote").text
    said = words(page)
    assert "Ответили 1 (50,0%) 0" in said
    assert "Пробная версия спросила пока клиентов: 2." in said
    assert "<ins>Большое спасибо!</ins>" in page
    assert send(client, "/promote", version=version)[0] == 422
    status, page = send(client, "/promote", version=version, reason=WHY)
    assert (status, "Пробная версия введена в действие" in page) == (200, True)
    assert (each_shop.row.version, each_shop.row.mode) == (version, "")
    assert each_shop.log[-1] == ("promoted", "Анна", WHY)
    assert each_shop.audit()[-1] == ("Анна", "scenario.promote", "scenario:main:small")
    assert send(client, "/promote", version=version, reason=WHY)[0] == 409, "the second person is told"
    assert client.get(f"{PATH}/promote").status_code == 409


def test_a_candidate_must_pass_the_tests_of_the_folder(shop: Shop) -> None:
    """To begin, and once more to be promoted: they hold for what is in force."""
    strict = shop.kept(STRICTER)
    status, page = begin(shop, strict, SHARE, of="kept")
    assert (status, "small.tests.yaml:6:" in page, shop.row.mode) == (409, True, "")
    version = shop.kept(THANKS)
    assert begin(shop, version, SHARE, "Вера", of="kept")[0] == 200
    tests = shop.folder / "small.tests.yaml"
    tests.write_text(tests.read_text("utf-8").replace("end: happy", "end: unhappy"), "utf-8")
    client = shop.house.signed_in()
    page = client.get(f"{PATH}/promote").text
    assert ("small.tests.yaml:6:" in page, 'name="version"' in page) == (True, False)
    assert send(client, "/promote", version=version, reason=WHY)[0] == 409
    assert shop.row.mode == RAMP


def test_promoting_clears_the_alarm_of_the_trial_before(shop: Shop) -> None:
    version = shop.kept(THANKS)
    assert begin(shop, version, SHARE, of="kept")[0] == 200
    with shop.house.database.transaction() as session:
        told = {"portal": "main", "name": "small", "version": version[:8], "text": "x"}
        alarms.raise_alarm(session, "ramp:main:small", "alarm.ramp", told, shop.house.flow.clock.now())
    assert send(shop.house.signed_in(), "/promote", version=version, reason=WHY)[0] == 200
    with shop.house.database.reading() as session:
        assert alarms.standing(session, "ramp:main:small") is None


# --- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "branches", "gets", "acts", "sees"),
    [
        (Role.OWNER, [], 200, 422, 200),
        (Role.ADMIN, [], 200, 422, 200),
        (Role.INTEGRATOR, [], 200, 422, 200),
        (Role.INTEGRATOR, [BRANCH.name], 403, 403, 404),
        (Role.OBSERVER, [], 403, 403, 200),
        (Role.HEAD, [BRANCH.name], 403, 403, 404),
        (Role.MANAGER, [BRANCH.name], 404, 404, 404),
    ],
)
def test_who_may(shop: Shop, role: Role, branches: list[str], gets: int, acts: int, sees: int) -> None:
    version = shop.kept(THANKS)
    shop.tried(version, SHADOW)
    client = shop.house.signed_in(role, "Анна", *branches)
    assert client.get(f"{PATH}/try?version={version}").status_code == gets
    assert send(client, "/try", version=version, stand="x", **SILENT)[0] == acts
    assert client.get(f"{PATH}/beside").status_code == sees
    shop.tried(version, RAMP)
    assert client.get(f"{PATH}/promote").status_code == gets
    assert send(client, "/promote", version=version)[0] == acts
    assert (shop.row.candidate, shop.audit()) == (version, [])


@pytest.mark.parametrize("path", ["/try", "/promote"])
def test_only_our_own_forms(shop: Shop, path: str) -> None:
    client, version = shop.house.signed_in(), shop.kept(THANKS)
    form = {"version": version, "reason": WHY, **SILENT}
    assert client.post(f"{PATH}{path}", data=form).status_code == 403
    token = {"csrf": csrf(client.get(PATH).text)}
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.post(f"{PATH}{path}", data={**form, **token}, headers=foreign).status_code == 403
    assert shop.house.guest().post(f"{PATH}{path}", data=form).headers["location"] == "/console/login"


def test_a_name_of_a_branch_is_no_markup(shop: Shop, settings: Installation) -> None:
    hostile = '"><script>alert(1)</script>{{7*7}}'
    branches = [settings.branches[0].model_copy(update={"name": hostile})]
    own = shop.house.settings.model_copy(update={"branches": branches})
    teller = shop.house.console.workshop.teller  # type: ignore[attr-defined]
    object.__setattr__(teller, "settings", own)
    client, version = shop.house.signed_in(), shop.kept(THANKS)
    page = client.get(f"{PATH}/try?version={version}").text
    chosen = {"version": version, "mode": "branches", f"branch.{hostile}": "on", "after": "5"}
    sure = client.get(f"{PATH}/try", params=chosen).text
    assert "<script>alert" not in page + sure
    assert "{{7*7}}" in sure
    assert (
        begin(shop, version, {name: chosen[name] for name in chosen if name != "version"}, of="kept")[0]
        == 200
    )
    assert list(shop.row.branches) == [hostile]
