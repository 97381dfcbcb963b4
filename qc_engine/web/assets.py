"""Our own and others' static files: found by their contents, so that a browser may keep them for ever."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import FileResponse

STATIC = Path(__file__).resolve().parent / "static"
PACKED = (".css", ".js")
HASH_LENGTH = 16
ONE_HOUR, FOR_EVER = b"public, max-age=3600", b"public, max-age=31536000, immutable"


@cache
def asset(name: str) -> str:
    """'/static/console.css?v=3f2a...': another text has another address. Raises FileNotFoundError."""
    return f"/static/{name}?v={_hash(name)}"


@cache
def _hash(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:HASH_LENGTH]


def kept_for(path: str, query: bytes) -> bytes:
    """How long a browser keeps what lies at this address: for ever only what the address itself names."""
    file = (STATIC / path.removeprefix("/static/").lstrip("/")).resolve()
    if not (query.startswith(b"v=") and file.is_relative_to(STATIC) and file.is_file()):
        return ONE_HOUR
    asked = query.removeprefix(b"v=").decode("ascii", "replace")
    return FOR_EVER if asked == _hash(file.relative_to(STATIC).as_posix()) else ONE_HOUR


class Packed(StaticFiles):
    """Texts go out packed: the large stylesheet takes a seventh of its size."""

    async def get_response(self, path: str, scope: Any) -> Response:
        plain = await super().get_response(path, scope)
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if not (isinstance(plain, FileResponse) and path.endswith(PACKED) and "gzip" in accepted):
            return plain
        kept = {name: plain.headers[name] for name in ("content-type", "last-modified")}
        tag = f'W/"{_hash(path)}"'
        return Response(
            _packed(str(plain.path)),
            headers=kept | {"content-encoding": "gzip", "vary": "Accept-Encoding", "etag": tag},
        )


@cache
def _packed(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
