"""Texts and the people whom they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A text with {name} or {name|fallback} in it, and its approved template if there is one."""

    body: str
    template: str = ""  # "name|language" at the messenger, empty: free text only
    template_variables: tuple[str, ...] = ()  # names of variables, in the template's order
    languages: Mapping[str, "Text"] = field(default_factory=dict)  # the same in other languages: kk, en

    def said_in(self, language: str) -> "Text":
        """In the client's language where it was written, in the scenario's own otherwise."""
        return self.languages.get(language, self)


@dataclass(frozen=True)
class Person:
    """Who gets a task: a role of the branch (head, manager), or a user id of the CRM."""

    role: str = ""
    user: int = 0


NO_TEXT = Text("")
