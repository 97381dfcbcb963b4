"""Static files: others' are what they say they are, and all are kept by browsers for as long as they may be."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from qc_engine.web.assets import STATIC, Packed, asset, kept_for
from qc_engine.web.guard import with_security_headers

VENDOR = STATIC / "vendor"
LINE = re.compile(r"^\| (\S+/\S+) \| \S+ \| [\d.]+ \| \S+ \| [\w-]+ \| ([0-9a-f]{64}) \|$", re.MULTILINE)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.mount("/static", Packed(directory=STATIC))
    return TestClient(with_security_headers(app))


def test_every_vendored_file_is_the_one_of_its_package() -> None:
    listed = dict(LINE.findall((VENDOR / "VERSIONS.md").read_text("utf-8")))
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.glob("*/*") if path.name != "LICENSE"
    }  # fmt: skip
    assert found == listed
    assert all((VENDOR / name).with_name("LICENSE").is_file() for name in listed)


OURS = sorted(one.name for ending in ("css", "js") for one in STATIC.glob(f"*.{ending}"))


@pytest.mark.parametrize("name", [*OURS, "vendor/tabler/tabler.min.css"])
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text("utf-8")
    assert re.findall(r"(?:@import|url\((?![\"']?data:)|\beval\b|fetch\(|new Function)", text) == []


@pytest.mark.parametrize("name", [name for name in OURS if name.endswith(".js")])
def test_nothing_is_left_in_the_browser(name: str) -> None:
    text = (STATIC / name).read_text("utf-8")
    assert re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", text) == []


def test_pages_have_no_inline_script_or_style() -> None:
    pages = [*(ROOT / "qc_engine/web/pages").rglob("*.html")]
    assert len(pages) > 10
    for page in pages:
        text = page.read_text("utf-8")
        assert (
            re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals=.js", text)
            == []
        )


def test_what_the_address_names_is_kept_for_ever(client: TestClient) -> None:
    answer = client.get(asset("console.css"), headers={"Accept-Encoding": "identity"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == (STATIC / "console.css").read_bytes()
    with pytest.raises(FileNotFoundError):
        asset("nothing.css")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/static/console.css", b""),
        ("/static/console.css", b"v=0000000000000000"),
        ("/static/console.css", b"v=\xff"),
        ("/static/../app.py", b"v=1"),
        ("/static//etc/passwd", b"v=1"),
        ("/static/nothing.css", b"v=1"),
        ("/static/", b"v=1"),
    ],
)
def test_anything_else_is_kept_for_an_hour(path: str, query: bytes) -> None:
    assert kept_for(path, query) == b"public, max-age=3600"


def test_texts_go_out_packed(client: TestClient) -> None:
    path = asset("vendor/tabler/tabler.min.css")
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"].startswith("text/css")
    assert int(packed.headers["content-length"]) * 6 < len(packed.content), "unpacked again by the client"
    assert packed.content == (VENDOR / "tabler/tabler.min.css").read_bytes()
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content, 9)) == int(packed.headers["content-length"])
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/vendor/tabler/").status_code == 404
