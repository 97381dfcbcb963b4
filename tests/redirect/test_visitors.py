"""Persons and machines, by method, headers and agent."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from redirect import visitors

ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

PERSONS = [
    f"{ANDROID} Chrome/122.0.0.0 Mobile Safari/537.36",
    f"{ANDROID} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
    f"{ANDROID} Version/4.0 Chrome/122.0 Mobile Safari/537.36 Viber/22.1.0",
    f"{ANDROID} Version/4.0 Chrome/122.0 Mobile Safari/537.36 Viber",
    f"{ANDROID} Chrome/122 Mobile Safari/537.36 Telegram-Android/11.2.3 (Samsung SM-A536E; Android 13; SDK 33)",
    f"{ANDROID} Chrome/112 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.4.0-g",
    f"{ANDROID} Chrome/108 YaApp_Android/22.116 YaSearchBrowser/22.116 BroPP/1.0 SA/3 Mobile Safari/537.36",
    f"{ANDROID} Chrome/99 HuaweiBrowser/14.0.0 HMSCore/6.11 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; CUBOT X30 Build/QP1A) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; KING KONG CUBOT) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_POWER) AppleWebKit/537.36 Chrome/90.0 Mobile Safari/537.36",
    f"{IPHONE} Version/17.4 Mobile/15E148 Safari/604.1",
    f"{IPHONE} Mobile/15E148 WhatsApp/2.24.5",
    f"{IPHONE} Mobile/15E148 Instagram 320.0.0.27.109",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005]",
    f"{IPHONE} Mobile/15E148 BitrixMobile/Version=56",
    "BitrixMobile/Version=47",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/122.0.0.0 Safari/537.36 Edg/122.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 YaBrowser/24.1 Yowser/2.5 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0",
    "Opera/9.80 (Android; Opera Mini/36.2.2254) Presto/2.12.423 Version/12.16",
]
MACHINES = [
    "",
    "  ",
    "WhatsApp",
    "WhatsApp/2.23.20.0 A",
    "WhatsApp/0.3.4479 N",
    "whatsapp/2.24 i",
    "Viber",
    "Viber/20.1",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "Mozilla/5.0 (compatible; VKRobot/1.0)",
    "Mozilla/5.0 (compatible; OdklBot/1.0 like Linux; klass@odnoklassniki.ru)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Bitrix link preview",
    "Mozilla/5.0 (compatible; Bitrix link preview)",
    "Bitrix24 Webhook Engine",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    f"{ANDROID} Chrome/122.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    f"{ANDROID} CUBOT Chrome/122.0 Mobile Safari/537.36 (compatible; bingbot/2.0)",
    "SomeNewMessengerBot/1.0",
    "acme-crawler 3",
    "NewThing LinkPreview/1.0",
]


@pytest.mark.parametrize("agent", PERSONS)
def test_persons(agent: str) -> None:
    assert visitors.grade("GET", {b"user-agent": agent.encode()}).kind == "person"


@pytest.mark.parametrize("agent", MACHINES)
def test_machines(agent: str) -> None:
    assert visitors.grade("GET", {b"user-agent": agent.encode()}).kind == "machine"


def test_every_agent_of_the_public_list_is_a_machine() -> None:
    agents = [agent for entry in CRAWLER_USER_AGENTS_DATA for agent in entry.get("instances", [])]
    assert len(agents) > 1000
    assert [agent for agent in agents if visitors.by_agent(agent).kind == "person"] == []


@pytest.mark.parametrize(
    ("method", "headers", "kind"),
    [
        ("GET", {}, "person"),
        ("HEAD", {}, "machine"),
        ("GET", {b"purpose": b"prefetch"}, "machine"),
        ("GET", {b"sec-purpose": b"prefetch;prerender"}, "machine"),
        ("GET", {b"sec-purpose": b"Prefetch"}, "machine"),
        ("GET", {b"x-purpose": b"preview"}, "machine"),
        ("GET", {b"x-moz": b"prefetch"}, "machine"),
        ("GET", {b"purpose": b""}, "person"),
        ("GET", {b"user-agent": b"\xff\xfe"}, "person"),
    ],
)
def test_method_and_headers(method: str, headers: dict[bytes, bytes], kind: str) -> None:
    verdict = visitors.grade(method, {b"user-agent": PERSONS[0].encode(), **headers})
    assert verdict.kind == kind
    assert 0 < len(verdict.reason) <= 64
