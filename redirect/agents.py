"""What a User-Agent string alone says of a visitor: names of machines, and what such names share."""

import re
from functools import lru_cache
from typing import Final

LONGEST_NAME = 60

# A person's browser begins with one of these, on a phone perhaps after the name of an application. All else
# is a program: curl/8.5.0, WhatsApp/2.24, an Android application that calls by itself (Dalvik).
BROWSER: Final = re.compile(
    r"Mozilla/[45]\.0 |Opera/\d|UCWEB/|NetFront/"
    r"|(?:BlackBerry|Nokia|SAMSUNG|SonyEricsson|LG|ZTE|HUAWEI|Alcatel|Micromax|itel|Philips|Fly|Explay|Lenovo)[-\d]"
    r"|.{0,60}Mozilla/5\.0 \((?:Linux; (?:[\w; ]{1,20}; )?Android|iPhone|iPad)\b",
    re.IGNORECASE,
)
# The CRM's own application shows pages to people under this name; it makes previews under another one.
CRM_APPLICATION: Final = re.compile(r"BitrixMobile/", re.IGNORECASE)
# What looks like a machine's name and is none: Viber, WhatsApp and Facebook append theirs to an ordinary
# browser's, phones are called CUBOT or POWER BOT, and old browsers call themselves compatible.
HARMLESS: Final = re.compile(
    r"\(Linux; (?:[\w; ]{1,20}; )?Android(?![^)]*(?:http|compatible|@|bot/|Google/))[^)]*\)|\bCUBOT\w*"
    r"|\b(?:Viber|WhatsApp|Telegram-Android|Snapchat|Line|KAKAOTALK)(?:/\S*)?|\bMetaIAB\b"
    r"|\bcompatible; (?:MSIE|Konqueror)[ /][\w.]+",
    re.IGNORECASE,
)
# A browser says what it runs on; one that does not may be anything.
PLATFORM: Final = re.compile(
    r"Android|iPhone|iPad|iPod|iOS|Windows|Macintosh|Mac OS|Linux|X11|CrOS|KAIOS|Tizen|Web0S|webOS|BlackBerry"
    r"|BB10|Symbian|Series ?\d\d|J2ME|MIDP|Nintendo|PlayStation|SMART-TV|BSD|Mobile;",
    re.IGNORECASE,
)

# What a machine's name is made of, wherever it stands.
MADE_OF: Final = re.compile(
    r"bots?(?=[^a-z]|$)|(?-i:[a-z]Bot[A-Z_])|crawl|spider|scrap(?:e|y)|https?:|www\.|@[a-z][a-z0-9-]{0,40}\."
    r"|\+[a-z0-9-]{1,40}\.[a-z]{2,}|\b[a-z0-9-]{1,40}\.(?:com|org|net|io|html)(?![\w.])|headless|phantomjs|preview|unfurl"
    r"|fetch(?:er|or)?\b|archiver|validator|monitor(?:ing)?\b|scann(?:er|ing)|inspector|synthetic|puppeteer"
    r"|playwright|selenium|webdriver|lighthouse|checker\b|uptime|httpclient|http_request|libwww"
    r"|(?:java|python|perl|php/|ruby|go-http|okhttp|axios|node)[-/ ]?(?:\d|client|request)"
    r"|compatible; (?!MSIE|Konqueror|U;)[A-Z]"
    r"|^Mozilla/[45]\.0 \((?:compatible\b(?!; (?:MSIE|Konqueror))|Java|\))"
    r"|^Mozilla/[45]\.0 (?!\(|Linux|iPhone|iPad|iPod|Windows|Macintosh|X11|\[)",
    re.IGNORECASE,
)
# Names behind an ordinary browser's that are made of none of it: previews of messengers and mail, tests of
# speed and of safety, and helpers that act for somebody who is not there.
NAMES: Final = re.compile(
    r"\b(?:facebookexternal\w+|facebookcatalog|meta-external\w+|vkShare|Odnoklassniki\w*Share"
    r"|Google-\w+|Google(?:Favicon|ImageProxy|AdSense\w*)"
    r"|Google (?:Favicon|Web Preview|Page Speed|Search Console)"
    r"|AdsBot|Mediapartners|APIs-Google|FeedFetcher|DuplexWeb|PlayStore-Google|BingPreview"
    r"|Yandex(?!Search|Browser|Mobile)\w+|Slack-\w+|Slackbot\w*|SkypeUriPreview|Iframely|Embedly|Prerender"
    r"|ProofPoint\w*|Mimecast\w*|Barracuda\w*|SafeLinks|Chrome-Lighthouse|PTST|GTmetrix|Pingdom\w*|DareBoost"
    r"|Datadog\w*|NewRelic\w*|ThousandEyes|Rigor|splash|Hotjar|AppInsights|Silktide|Hardenize|SecurityHeaders"
    r"|Foregenix|watchTowr|zgrab|Nikto|acunetix\S*|OpenVAS|nmap|sqlmap|StatusCake|Catchpoint|iplabel"
    r"|Cloudflare\w+"
    r"|Siteimprove\S*|Functionize|Convertify|Cybaa\w*|Assetnote|HLB|DMBrowser\S*|360JK|baidu Transcoder"
    r"|Exchange check|WebMoney Advisor|Impact\.com Agent|MonitoRSS|centuryb\S*|Sparkler|Datanyze|outbrain"
    r"|ips-agent"
    r"|proximic|CookieHub\w*|Collapsify|feeder\.co|Fluid|NewsNow|newsai|Sindup|Readable|Nitro-\w+|PWABuilder\w*"
    r"|Manus-User|TSM-turingos\S*|Dlc|TestLocally|abuse\.\S+|YLT|LinkTiger|MarketGoo|Miniature\.io|ContentScan"
    r"|GeedoShop\w*|Ghost Inspector|Trae|HTTrack|WinHttp\S*|wget|curl|Daumoa?|Daum|Yeti|Bytespider"
    r"|ia_archiver"
    r"|heritrix|nutch|grub|teoma|Jeeves)(?=[/;,:) \]_-]|$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def machine_by_name(agent: str) -> str:
    """Why this is a machine, at most 60 characters; empty when its name is that of a person's browser."""
    if not agent.strip():
        return "no agent"
    if CRM_APPLICATION.search(agent):
        return ""
    if not BROWSER.match(agent):
        return f"agent {agent.strip()}"[:LONGEST_NAME]
    # Only behind an ordinary browser's name is a messenger's name an in-app browser.
    rest = HARMLESS.sub("(Linux)", agent)
    found = MADE_OF.search(rest) or NAMES.search(rest)
    return f"agent {found[0].strip()}"[:LONGEST_NAME] if found else ""


@lru_cache(maxsize=4096)
def names_its_platform(agent: str) -> bool:
    return bool(PLATFORM.search(agent) or CRM_APPLICATION.search(agent))
