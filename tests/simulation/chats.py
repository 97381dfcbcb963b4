"""The second way to the clients of a simulated town."""

TELEGRAM = "telegram"


def chat_of(phone: str) -> str:
    """The number of a client's chat with our bot: it is not their phone, but a person can tell whose it is."""
    return f"9{phone}"


def phone_in(chat: str) -> str:
    return chat.removeprefix("9")
