"""The small pages: languages, no way in for markup, nothing loaded from elsewhere."""

import base64
import hashlib

import pytest

from qc_engine.languages import LANGUAGES, best_language
from redirect import pages
from redirect.texts import TEXTS


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "ru"),
        ("kk-KZ,kk;q=0.9,ru;q=0.5", "kk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-US", "en"),
        ("de,fr;q=0.9,en;q=0.1", "en"),
        ("ru;q=0.2, kk;q=0.7", "kk"),
        ("en;q=0, kk;q=0.1", "kk"),
        ("*", "ru"),
        ("zh", "ru"),
        (";;;q=,,=", "ru"),
        ("en;q=1.9.9", "ru"),
        ("x" * 100_000, "ru"),
    ],
)
def test_language(accepted: str, lang: str) -> None:
    assert best_language(accepted, "ru") == lang


def test_every_language_has_every_text() -> None:
    assert set(TEXTS) == set(LANGUAGES)
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["ru"])}


def test_a_target_cannot_become_markup() -> None:
    page = pages.preview("ru", 'https://x.example/"><script>alert(1)</script>').decode()
    assert "<script" not in page
    assert "&quot;&gt;&lt;script&gt;" in page


def test_nothing_is_loaded_or_run() -> None:
    assert "default-src 'none'" in pages.CSP
    assert "unsafe" not in pages.CSP
    for page in (pages.not_found("ru"), pages.try_again("kk"), pages.preview("en", "https://x.example/")):
        assert b"<script" not in page
        assert b"src=" not in page
        assert b" style=" not in page  # the policy allows one <style>, no attributes


def test_the_page_that_sends_on_runs_one_known_script() -> None:
    page = pages.sending_on("ru", "sWORD", "lWORD").decode()
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in pages.CSP
    assert page.count("<script") == 1
    assert 'data-word="DROWs"' in page
    assert "sWORD" not in page, "a program that collects words must not find it"
    assert '<noscript><meta http-equiv="refresh" content="3;url=?c=lWORD"></noscript>' in page
    assert 'href="?c=lWORD"' in page


def test_a_card_has_a_title_a_text_and_perhaps_a_picture() -> None:
    card = pages.preview(
        "ru", "https://x.example/", 'Центр "Юг"', "https://qc.example/p.png?a=1&b=2"
    ).decode()
    assert '<meta property="og:title" content="Оставить отзыв: Центр &quot;Юг&quot;">' in card
    assert '<meta property="og:description" content="Расскажите' in card
    assert '<meta property="og:image" content="https://qc.example/p.png?a=1&amp;b=2">' in card
    assert "og:image" not in pages.preview("ru", "https://x.example/").decode()
