"""Headers that every page and every API answer carries."""

from qc_engine.web.assets import kept_for
from qc_engine.web.bodies import AsgiApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not 'no-referrer': with it a browser sends 'Origin: null' with our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"x-robots-tag", b"noindex"),
]


def with_security_headers(app: AsgiApp) -> AsgiApp:
    """What every page sends; a page's own header of that name wins."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", [])
                named = {name.lower() for name, _ in own}
                usual = [one for one in (*HEADERS, _cache(scope)) if one[0] not in named]
                message["headers"] = [*own, *usual]
            await send(message)

        await app(scope, receive, send_guarded)

    return guarded


def _cache(scope: Scope) -> tuple[bytes, bytes]:
    is_static = scope["path"].startswith("/static/")
    return b"cache-control", kept_for(scope["path"], scope["query_string"]) if is_static else b"no-store"
