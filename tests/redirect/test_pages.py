"""The small pages: languages, no way in for markup, nothing loaded from elsewhere."""

import pytest

from redirect import pages


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
    assert pages.language(accepted, "ru") == lang


def test_every_language_has_every_text() -> None:
    assert set(pages.TEXTS) == set(pages.LANGUAGES)
    assert {frozenset(texts) for texts in pages.TEXTS.values()} == {frozenset(pages.TEXTS["ru"])}


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
