"""Is it a person who opens the link, or a machine that draws a preview of it?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crawleruseragents import CRAWLER_USER_AGENTS_DATA


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict about one visit, with its reason (at most 64 characters)."""

    kind: Literal["person", "machine"]
    reason: str


LONGEST_AGENT = 512  # verdicts are remembered by agent, so a stranger must not fill the memory
HINT_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
AHEAD_OF_TIME = re.compile(rb"prefetch|prerender|preview", re.IGNORECASE)

# In-app browsers of people whose names the crawler list takes for machines: Viber and WhatsApp append
# their name to an ordinary browser's, CUBOT makes phones, BitrixMobile is the CRM's own application.
IN_APP = re.compile(r"\b(?:Viber|WhatsApp)(?:/\S*)?|\bCUBOT\w*|\bBitrixMobile/\S*", re.IGNORECASE)
ORDINARY_BROWSER = re.compile(r"Mozilla/5\.0 \(")
CRM_APPLICATION = re.compile(r"BitrixMobile/", re.IGNORECASE)

# What the crawler list lacks, or knows only in one letter case.
OWN_LIST = re.compile(
    r"^(?:WhatsApp|Viber)\b"
    r"|Bitrix link preview|Bitrix24 Webhook Engine"
    r"|facebookexternalhit|meta-external\w+|TelegramBot|vkShare|VKRobot|OdklBot|SkypeUriPreview"
    r"|Slackbot|Discordbot|Twitterbot|LinkedInBot|Applebot|BingPreview|bitlybot|yandex\.com/bots"
    r"|(?:link|url)[ -]?preview|crawler|spider\b|unfurl"
    r"|bot(?=[/;,) _-]|$)",
    re.IGNORECASE,
)
PUBLIC_LIST = re.compile("|".join(f"(?:{entry['pattern']})" for entry in CRAWLER_USER_AGENTS_DATA))


def grade(method: str, headers: Mapping[bytes, bytes]) -> Grade:
    """`headers` as ASGI gives them: names in lower case."""
    if method == "HEAD":
        return Grade("machine", "HEAD asks for no page")
    for name in HINT_HEADERS:
        if AHEAD_OF_TIME.search(headers.get(name, b"")):
            return Grade("machine", f"fetched ahead of time: {name.decode()}")
    return by_agent(headers.get(b"user-agent", b"")[:LONGEST_AGENT].decode("latin-1"))


@lru_cache(maxsize=4096)
def by_agent(agent: str) -> Grade:
    """The verdict about a User-Agent string alone."""
    if not agent.strip():
        return Grade("machine", "no user agent")
    if CRM_APPLICATION.search(agent):
        return Grade("person", "application of the CRM")
    # Only behind an ordinary browser's name is a messenger's name an in-app browser.
    rest = IN_APP.sub("", agent) if ORDINARY_BROWSER.match(agent) else agent
    if found := OWN_LIST.search(rest) or PUBLIC_LIST.search(rest):
        return Grade("machine", f"agent: {found[0].strip()}"[:64])
    return Grade("person", "in-app browser" if rest != agent else "ordinary browser")
