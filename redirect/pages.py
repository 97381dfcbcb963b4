"""What a visitor of a short link may see instead of being sent on: small pages without personal data."""

import base64
import hashlib
import html
import re
from functools import lru_cache

STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem;color:#1c2733;background:#f6f7f9}"
    "main{max-width:28rem;margin:0 auto}h1{font-size:1.4rem;line-height:1.3}"
    "a{color:#0b57b5;display:inline-block;padding:.75rem 0}"
)
# Only this style may apply, and nothing may be loaded or run.
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LONGEST_HEADER = 300  # a header is kept as a key of the memory below

LANGUAGES = ("ru", "kk", "en")
TEXTS = {
    "ru": {
        "gone": "Ссылка не найдена",
        "gone_more": "Проверьте, что адрес скопирован целиком, или откройте ссылку из сообщения ещё раз.",
        "later": "Попробуйте ещё раз",
        "later_more": "Сейчас не получилось открыть страницу. Подождите несколько секунд и обновите её.",
        "preview": "Оставить отзыв",
        "preview_more": "Расскажите о своём визите на странице отзывов филиала.",
        "go_on": "Перейти к странице отзывов",
    },
    "kk": {
        "gone": "Сілтеме табылмады",
        "gone_more": "Мекенжай толық көшірілгенін тексеріңіз немесе хабарламадағы сілтемені қайта ашыңыз.",
        "later": "Қайталап көріңіз",
        "later_more": "Бетті қазір ашу мүмкін болмады. Бірнеше секунд күтіп, бетті жаңартыңыз.",
        "preview": "Пікір қалдыру",
        "preview_more": "Филиалдың пікірлер бетінде сапарыңыз туралы айтып беріңіз.",
        "go_on": "Пікірлер бетіне өту",
    },
    "en": {
        "gone": "Link not found",
        "gone_more": "Check that the whole address was copied, or open the link from the message again.",
        "later": "Please try again",
        "later_more": "The page could not be opened just now. Wait a few seconds and reload it.",
        "preview": "Leave a review",
        "preview_more": "Tell about your visit on the review page of the branch.",
        "go_on": "Go to the review page",
    },
}
WANTED = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*")


def language(accepted: str, default: str) -> str:
    """The best of ours for an Accept-Language header, however odd."""
    return _language(accepted[:LONGEST_HEADER], default)


@lru_cache(maxsize=1024)
def _language(accepted: str, default: str) -> str:
    wanted = [found for part in accepted.split(",") if (found := WANTED.fullmatch(part))]
    ranked = sorted(wanted, key=lambda found: -float(found[2] or 1))
    ours = (found[1].lower() for found in ranked if float(found[2] or 1) > 0)
    return next((word for word in ours if word in LANGUAGES), default)


@lru_cache(maxsize=8)
def not_found(lang: str) -> bytes:
    text = TEXTS[lang]
    return _page(lang, text["gone"], f"<p>{text['gone_more']}</p>")


@lru_cache(maxsize=8)
def try_again(lang: str) -> bytes:
    text = TEXTS[lang]
    return _page(lang, text["later"], f"<p>{text['later_more']}</p>")


def preview(lang: str, target: str) -> bytes:
    """For machines that draw a card; a person who was taken for one finds the way on."""
    text = TEXTS[lang]
    card = (
        '<meta property="og:type" content="website">'
        f'<meta property="og:title" content="{text["preview"]}">'
        f'<meta property="og:description" content="{text["preview_more"]}">'
    )
    way_on = f'<p><a rel="noreferrer nofollow" href="{html.escape(target)}">{text["go_on"]}</a></p>'
    return _page(lang, text["preview"], f"<p>{text['preview_more']}</p>{way_on}", card)


def _page(lang: str, title: str, body: str, head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex">{head}<style>{STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    ).encode()
