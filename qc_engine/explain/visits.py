"""Why a visit of a link counts or does not, in people's words."""

import re

from qc_engine.explain.voice import Voice

# As redirect/visitors.py writes them, a part each; the group is what the sentence tells besides.
PARTS = (
    (re.compile(r"ordinary browser"), ""),  # a person: there is nothing to explain
    (re.compile(r"passed the page that sends on"), "proven"),
    (re.compile(r"no platform in the agent|no Accept-Language|wants no page|opened as no page"), "odd"),
    (re.compile(r"HEAD asks for no page"), "head"),
    (re.compile(r"fetched ahead of time: .+"), "ahead"),
    (re.compile(r"no agent"), "no_agent"),
    (re.compile(r"agent (?P<told>.+)"), "agent"),
    (re.compile(r"opened (?P<told>\d+) links (?:at once|in a moment)"), "many"),
    (re.compile(r"(?P<told>\d+) s after sending"), "early"),
    (re.compile(r"an address of a data centre"), "data_centre"),
)


def visit_words(voice: Voice, reason: str) -> str:
    """What is not known is told as it is; '' for an ordinary browser."""
    told = (_part(voice, one) for one in reason.split("; "))
    return ", ".join(dict.fromkeys(filter(None, told)))


def _part(voice: Voice, reason: str) -> str:
    for pattern, name in PARTS:
        if found := pattern.fullmatch(reason):
            return voice.say(f"visit.{name}", title=found.groupdict().get("told", "")) if name else ""
    return reason
