"""Users, departments and notifications."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, page
from sandbox.bitrix24.company import Department, Person
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal
from sandbox.bitrix24.values import truth

HIRED = "2024-01-15T00:00:00+00:00"


def users(call: Call) -> Answer:
    """Filters stand in FILTER or at the top level."""
    wanted = {**call.params, **{str(k).lower(): v for k, v in (call.get("FILTER") or {}).items()}}
    rows = [_user(person) for person in call.portal.company.people.values()]
    found = [row for row in rows if _fits(row, wanted)]
    falling = str(call.get("order", "ASC")).upper() == "DESC"
    found.sort(key=lambda row: int(row["ID"]), reverse=falling)
    here, total, following = page(found, call.start)
    return Answer(here, total, following)


def current(call: Call) -> Answer:
    now = call.portal.now()
    row = _user(call.portal.company.people[call.by])
    return Answer(
        {**row, "LAST_ACTIVITY_DATE": f"{now:%Y-%m-%d %H:%M:%S}", "TIMESTAMP_X": f"{now:%d.%m.%Y %H:%M:%S}"}
    )


def profile(call: Call) -> Answer:
    person = call.portal.company.people[call.by]
    return Answer(
        {
            "ID": str(person.id),
            "ADMIN": person.id == 1,
            "NAME": person.name,
            "LAST_NAME": person.last_name,
            "PERSONAL_GENDER": "",
            "TIME_ZONE": "",
        }
    )


def departments(call: Call) -> Answer:
    rows = [_department(call.portal, one) for one in call.portal.company.departments]
    heads = {str(one.id): str(one.head) for one in call.portal.company.departments}
    filters = {
        name: call.get(name) for name in ("ID", "NAME", "SORT", "PARENT") if call.get(name) is not None
    }
    found = [
        row
        for row in rows
        if all(str(row.get(name)) in map(str, listed(value)) for name, value in filters.items())
        and call.get("UF_HEAD")
        in (None, heads[row["ID"]], int(heads[row["ID"]]) if heads[row["ID"]].isdigit() else 0)
    ]
    here, total, following = page(found, call.start)
    return Answer(here, total, following)


def notify(call: Call) -> Answer:
    """im.notify.personal.add and im.notify.system.add; a TAG replaces the earlier notice with it."""
    user, text, tag = call.number("USER_ID"), call.get("MESSAGE"), call.get("TAG")
    if not user or user not in call.portal.company.people:
        raise Say(400, "USER_ID_EMPTY", "User ID can't be empty")
    if not text:
        raise Say(400, "MESSAGE_EMPTY", "Message can't be empty")
    if tag and not call.get("CLIENT_ID"):
        policy = call.portal.switches["tag_without_client_id"]
        if policy == "refused":
            raise Say(403, "ACCESS_DENIED", "Client ID not specified")
        tag = tag if policy == "accepted" else None
    return Answer(_keep_notice(call.portal, user, str(text), str(tag) if tag else None))


def _keep_notice(portal: Portal, user: int, text: str, tag: str | None) -> int:
    notices = portal.notifications
    if tag:
        for number in [row["id"] for row in notices if (row["user"], row["tag"]) == (user, tag)]:
            notices.drop(number)
    number = notices.new_id()
    notices.put(number, {"id": number, "user": user, "text": text, "tag": tag, "at": portal.now()})
    portal.touch()
    return number


def _user(person: Person) -> dict[str, Any]:
    return {
        "ID": str(person.id),
        "ACTIVE": person.active,
        "NAME": person.name,
        "LAST_NAME": person.last_name,
        "SECOND_NAME": "",
        "EMAIL": f"user{person.id}@example.com",
        "LAST_LOGIN": HIRED,
        "DATE_REGISTER": HIRED,
        "TIME_ZONE": "",
        "IS_ONLINE": "Y",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "",
        "PERSONAL_WWW": "",
        "PERSONAL_BIRTHDAY": "",
        "PERSONAL_MOBILE": "",
        "PERSONAL_CITY": "",
        "WORK_PHONE": "",
        "WORK_POSITION": person.position,
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [person.department],
        "USER_TYPE": "employee",
    }


def _fits(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    for name in ("ID", "NAME", "LAST_NAME", "EMAIL", "WORK_POSITION"):
        value = wanted.get(name.lower(), wanted.get("@" + name.lower()))
        if value is not None and row[name] not in map(str, listed(value)):
            return False
    if "active" in wanted and row["ACTIVE"] != truth(wanted["active"]):
        return False
    asked = wanted.get("uf_department")
    return asked is None or str(row["UF_DEPARTMENT"][0]) in map(str, listed(asked))


def _department(portal: Portal, one: Department) -> dict[str, Any]:
    row: dict[str, Any] = {"ID": str(one.id), "NAME": one.name, "SORT": 500}
    if one.parent:
        row["PARENT"] = str(one.parent)
    if one.head and portal.switches["department_head_present"]:
        row["UF_HEAD"] = str(one.head)
    return row


METHODS: dict[str, Method] = {
    "user.get": users,
    "user.current": current,
    "profile": profile,
    "department.get": departments,
    "im.notify.personal.add": notify,
    "im.notify.system.add": notify,
}
