"""What a visitor of a short link may see instead of being sent on: small pages without personal data."""

import base64
import hashlib
import html
from functools import lru_cache

from redirect.texts import TEXTS

STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem;color:#1c2733;background:#f6f7f9}"
    "main{max-width:28rem;margin:0 auto}h1{font-size:1.4rem;line-height:1.3}"
    "a{color:#0b57b5;display:inline-block;padding:.75rem 0}"
)
# The same text on every page, so that the policy can name it. The word stands backwards in the page:
# a program that only collects what looks like an address finds nothing to follow.
SCRIPT = 'location.replace(location.pathname+"?c="+document.body.dataset.word.split("").reverse().join(""))'
REFRESH_SECONDS = 3  # for a browser without scripts; longer than the word's patience


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# Only this style and this script may apply, and nothing may be loaded.
CSP = (
    f"default-src 'none'; style-src 'sha256-{_sha256(STYLE)}'; script-src 'sha256-{_sha256(SCRIPT)}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@lru_cache(maxsize=8)
def not_found(lang: str) -> bytes:
    text = TEXTS[lang]
    return _page(lang, text["gone"], f"<p>{text['gone_more']}</p>")


@lru_cache(maxsize=8)
def try_again(lang: str) -> bytes:
    text = TEXTS[lang]
    return _page(lang, text["later"], f"<p>{text['later_more']}</p>")


def preview(lang: str, target: str, branch: str = "", picture: str = "") -> bytes:
    """For machines that draw a card; a person who was taken for one finds the way on."""
    text = TEXTS[lang]
    title = html.escape(text["preview_of"].format(branch=branch) if branch else text["preview"])
    card = _card(title, text["preview_more"], picture)
    way_on = _link(text["go_on"], target)
    return _page(lang, title, f"<p>{text['preview_more']}</p>{way_on}", card)


def _card(title: str, description: str, picture: str) -> str:
    properties = {"type": "website", "title": title, "description": description}
    if picture:
        properties["image"] = html.escape(picture)
    return "".join(f'<meta property="og:{name}" content="{value}">' for name, value in properties.items())


def sending_on(lang: str, by_script: str, by_link: str) -> bytes:
    """A page that sends a browser on by itself, with a word that proves it; what runs no page stays here."""
    text, way_on = TEXTS[lang], f"?c={by_link}"
    refresh = f'<noscript><meta http-equiv="refresh" content="{REFRESH_SECONDS};url={way_on}"></noscript>'
    body = f"<p>{text['opening_more']}</p>{_link(text['go_on'], way_on)}<script>{SCRIPT}</script>"
    return _page(lang, text["opening"], body, refresh, f' data-word="{by_script[::-1]}"')


def _link(words: str, target: str) -> str:
    return f'<p><a rel="noreferrer nofollow" href="{html.escape(target)}">{words}</a></p>'


def _page(lang: str, title: str, body: str, head: str = "", attributes: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex">{head}<style>{STYLE}</style></head>'
        f"<body{attributes}><main><h1>{title}</h1>{body}</main></body></html>"
    ).encode()
