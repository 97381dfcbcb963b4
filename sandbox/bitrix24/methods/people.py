"""Users of the portal: user.*, profile."""

from typing import Any

from sandbox.bitrix24.call import Answer, Call, Method, listed, sliced
from sandbox.bitrix24.company import Company, Person
from sandbox.bitrix24.items import Row
from sandbox.bitrix24.rights import is_admin
from sandbox.bitrix24.values import truth

HIRED = "2024-01-15T00:00:00+00:00"
TEXTS = ("ID", "NAME", "LAST_NAME", "EMAIL", "WORK_POSITION", "USER_TYPE")
BRIEF = {
    "ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "IS_ONLINE", "WORK_POSITION", "USER_TYPE",
    "UF_DEPARTMENT", "TIME_ZONE",
}  # fmt: skip
TITLES = {
    "ID": "ID", "XML_ID": "Внешний код", "ACTIVE": "Активность", "NAME": "Имя", "LAST_NAME": "Фамилия",
    "SECOND_NAME": "Отчество", "EMAIL": "E-Mail", "LAST_LOGIN": "Последняя авторизация",
    "DATE_REGISTER": "Дата регистрации", "TIME_ZONE": "TIME_ZONE", "IS_ONLINE": "IS_ONLINE",
    "TIMESTAMP_X": "TIMESTAMP_X", "LAST_ACTIVITY_DATE": "LAST_ACTIVITY_DATE", "PERSONAL_GENDER": "Пол",
    "PERSONAL_WWW": "Домашняя страничка", "PERSONAL_BIRTHDAY": "Дата рождения",
    "PERSONAL_MOBILE": "Личный мобильный", "PERSONAL_CITY": "Город проживания",
    "WORK_PHONE": "Телефон компании", "WORK_POSITION": "Должность",
    "UF_EMPLOYMENT_DATE": "Дата принятия на работу", "UF_DEPARTMENT": "Подразделения",
    "USER_TYPE": "USER_TYPE",
}  # fmt: skip


def users(call: Call) -> Answer:
    """user.get: filters stand in FILTER or at the top level."""
    wanted = {**call.params, **{str(k).lower(): v for k, v in call.table("FILTER").items()}}
    return _found(call, [row for row in _rows(call) if _fits(row, wanted)])


def search(call: Call) -> Answer:
    """user.search: by beginnings of words; FIND looks everywhere."""
    raw = call.table("FILTER")
    wanted = {**call.params, **{str(k).lower(): v for k, v in raw.items()}}
    company = call.portal.company
    return _found(call, [row for row in _rows(call) if _alike(company, row, wanted)])


def current(call: Call) -> Answer:
    now = call.portal.now()
    row = _seen(call, _user(call.portal.company.people[call.by]))
    return Answer(
        {**row, "LAST_ACTIVITY_DATE": f"{now:%Y-%m-%d %H:%M:%S}", "TIMESTAMP_X": f"{now:%d.%m.%Y %H:%M:%S}"}
    )


def fields(_: Call) -> Answer:
    return Answer(TITLES)


def profile(call: Call) -> Answer:
    person = call.portal.company.people[call.by]
    return Answer(
        {
            "ID": str(person.id),
            "ADMIN": is_admin(call.portal, call.by),
            "NAME": person.name,
            "LAST_NAME": person.last_name,
            "PERSONAL_GENDER": "",
            "TIME_ZONE": "",
        }
    )


def _rows(call: Call) -> list[Row]:
    return [_user(person) for person in call.portal.company.people.values()]


def _found(call: Call, rows: list[Row]) -> Answer:
    order = call.get("order", "ASC")
    way = next(iter(order.values()), "ASC") if isinstance(order, dict) else order
    sort = str(next(iter(order), "ID") if isinstance(order, dict) else call.get("sort") or "ID").upper()
    rows.sort(key=lambda row: _sortable(row.get(sort)), reverse=str(way).upper() == "DESC")
    return sliced([_seen(call, row) for row in rows], call)


def _seen(call: Call, row: Row) -> Row:
    """user_brief shows no e-mail and nothing personal (scopes page)."""
    scopes = call.grant.scopes
    if scopes is None or "user" in scopes or "user_basic" in scopes or "user_brief" not in scopes:
        return row
    return {name: value for name, value in row.items() if name in BRIEF}


def _user(person: Person) -> Row:
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
        "USER_TYPE": person.user_type,
    }


def _fits(row: Row, wanted: dict[str, Any]) -> bool:
    for name in TEXTS:
        value = _asked(wanted, name)
        if value is not None and row[name] not in map(str, listed(value)):
            return False
    if wanted.get("active") not in (None, "") and row["ACTIVE"] != truth(wanted["active"]):
        return False
    above = wanted.get(">id")
    if above is not None and int(row["ID"]) <= int(above or 0):
        return False
    asked = _asked(wanted, "UF_DEPARTMENT")
    return asked is None or str(row["UF_DEPARTMENT"][0]) in map(str, listed(asked))


def _asked(wanted: dict[str, Any], name: str) -> Any:
    keys = (f"{op}{name.lower()}" for op in ("", "@", "="))
    return next((wanted[key] for key in keys if key in wanted), None)


def _alike(company: Company, row: Row, wanted: dict[str, Any]) -> bool:
    department = next((one.name for one in company.departments if [one.id] == row["UF_DEPARTMENT"]), "")
    texts = {**row, "UF_DEPARTMENT_NAME": department}
    for name in ("NAME", "LAST_NAME", "WORK_POSITION", "UF_DEPARTMENT_NAME"):
        value = str(wanted.get(name.lower()) or "").rstrip("%").casefold()
        if not str(texts[name]).casefold().startswith(value):
            return False
    everything = " ".join(
        str(texts[name]) for name in ("NAME", "LAST_NAME", "WORK_POSITION", "UF_DEPARTMENT_NAME")
    )
    words = str(wanted.get("find") or "").casefold().split()
    exact = {
        name: value
        for name, value in wanted.items()
        if name in ("id", "active", "user_type", "uf_department")
    }
    return all(word in everything.casefold() for word in words) and _fits(row, exact)


def _sortable(value: Any) -> tuple[int, str]:
    text = str(value or "")
    return (int(text), "") if text.isdigit() else (0, text)


METHODS: dict[str, Method] = {
    "user.get": users,
    "user.search": search,
    "user.current": current,
    "user.fields": fields,
    "profile": profile,
}
