"""What the tables keep, said in the words of one language and the clock of one place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qc_engine.explain import phrases
from qc_engine.explain.hiding import hidden
from qc_engine.explain.moments import local

# What our own loops write beside an effect, word for word.
OUR_WORDS = {
    "the worker that had it is gone": "error.worker_gone",
    "the case went another way": "error.other_way",
    "what it waited for did not happen": "error.needed_did_not_happen",
    "nobody knows whether it happened": "error.nobody_knows",
    "a person had it sent once more": "error.sent_once_more",
}
MAIN_CHANNEL = "chat2desk"  # how people call the one that has no name of its own
OUR_FAULT = "our own fault: "
# How an HTTP client names a call that broke off.
BROKEN_OFF = re.compile(r"\b(?:Read|Write|Connect|Pool)(?:Timeout|Error)\b|\bRemoteProtocolError\b")


@dataclass(frozen=True)
class Voice:
    """Who speaks: the language, the branch's time zone, and the names of stages and fields (id -> name)."""

    language: str
    zone: str = "UTC"
    stages: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)  # name in the scenario -> what people call it
    question_limit: str = ""  # how often a person may be asked, as str(timedelta); "" when not known
    steps: Mapping[str, str] = field(
        default_factory=dict
    )  # likewise; else they stay as the scenario names them
    people: Mapping[str, str] = field(default_factory=dict)  # number in the CRM -> who that is
    outcomes: Mapping[str, str] = field(default_factory=dict)  # those that the scenario itself gives a title

    def say(self, key: str, /, **values: object) -> str:
        plain = {name: str(value) for name, value in values.items()}
        return phrases.say(key, plain, self.language, self.zone)

    def time(self, moment: datetime | None) -> str:
        return local(moment, self.zone) if moment else ""

    def stage(self, stage: str) -> str:
        return self.stages.get(stage, stage)

    def fields(self, fields: Mapping[str, object]) -> str:
        return ", ".join(
            f"{self.stages.get(name, name)} = {self.number(value)}" for name, value in fields.items()
        )

    def number(self, value: object) -> str:
        """As the language writes it; whatever is no number stays as it is."""
        return phrases.number(str(value), self.language)

    def step(self, name: str) -> str:
        return self.steps.get(name, name)

    def person(self, number: str) -> str:
        """'101 (руководитель филиала)'."""
        who = self.people.get(number, "")
        return f"{number} ({who})" if who else number

    def word(self, group: str, word: str) -> str:
        """A word of a known set (state, outcome, platform ...); an author's own word stays as it is."""
        if group == "outcome" and word in self.outcomes:
            return self.outcomes[word]
        key = f"{group}.{word}"
        return self.say(key) if phrases.known(key, self.language) else word.replace("_", " ")

    def knows(self, group: str, word: str) -> bool:
        return phrases.known(f"{group}.{word}", self.language)

    def channel(self, name: str) -> str:
        return self.word("channel", name or MAIN_CHANNEL)

    def phrase(self, stored: Mapping[str, Any]) -> str:
        """A phrase of a trace: {"key": ..., "values": {...}}."""
        values = {name: str(value) for name, value in stored["values"].items()}
        if stored["key"].startswith("note.bonus_") and "rule" in values:
            values["rule"] = self.word("bonus", values["rule"])
        return self.say(stored["key"], **self._named(values))

    def _named(self, values: dict[str, str]) -> dict[str, str]:
        """Values as people call them: the stage's name, the platform's, the vendor's answer in our words."""
        if self.question_limit:
            values.setdefault("span", self.question_limit)
        if "stage" in values:
            values["stage"] = self.stage(values["stage"])
        if "step" in values:
            values["step"] = self.step(values["step"])
        if "question" in values:
            values["question"] = self.questions.get(values["question"], values["question"])
        if "platform" in values:
            values["platform"] = self.word("platform", values["platform"])
        for name in ("said", "stands"):  # about a review
            if values.get(name):
                values[name] = self.word("review", values[name])
        if "channel" in values:
            values["channel"] = self.channel(values["channel"])
        if "reason" in values:
            told = f"{values['code']}: {values['reason']}" if "code" in values else values["reason"]
            values["reason"] = self.error(told)
        return values

    def error(self, told: str, /, **values: object) -> str:
        """'deal_elsewhere: deal 7 is in C1:NEW', 'gate.quiet' or a vendor's sentence, in our words."""
        code, _, reason = told.partition(": ")
        for key in (told, reason, OUR_WORDS.get(told, "")):
            if key and phrases.known(key, self.language):
                return self.say(key, **values)
        if told.startswith(OUR_FAULT):
            return self.say("error.our_fault", reason=reason)
        if reason and phrases.known(f"error.{code}", self.language):
            return self.say(f"error.{code}", reason=hidden(reason), **values)
        if BROKEN_OFF.search(told):
            return self.say("error.no_answer", reason=hidden(told))
        return hidden(told)


def sentence(words: str) -> str:
    """With a capital letter; the rest as it is."""
    return words[:1].upper() + words[1:]
