"""im.notify.*: short messages to people of the portal."""

from sandbox.bitrix24.call import Answer, Call, Method
from sandbox.bitrix24.errors import Say
from sandbox.bitrix24.portal import Portal


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
    return Answer(_keep(call.portal, user, str(text), str(tag) if tag else None))


def delete(call: Call) -> Answer:
    """By ID or by TAG; true also when there was nothing."""
    number, tag, notices = call.number("ID"), call.get("TAG"), call.portal.notifications
    if number is None and not tag:
        raise Say(400, "PARAMS_ERROR", "Wrong parameters")
    for row in [row for row in notices if row["id"] == number or (tag and row["tag"] == str(tag))]:
        notices.drop(row["id"])
    call.portal.touch()
    return Answer(True)


def _keep(portal: Portal, user: int, text: str, tag: str | None) -> int:
    notices = portal.notifications
    if tag:
        for number in [row["id"] for row in notices if (row["user"], row["tag"]) == (user, tag)]:
            notices.drop(number)
    number = notices.new_id()
    notices.put(number, {"id": number, "user": user, "text": text, "tag": tag, "at": portal.now()})
    portal.touch()
    return number


METHODS: dict[str, Method] = {
    "im.notify.personal.add": notify,
    "im.notify.system.add": notify,
    "im.notify": notify,
    "im.notify.delete": delete,
}
