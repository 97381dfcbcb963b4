"""A page of config.yaml must be of the platform that it is written for."""

import pytest

from redirect.platforms import HOSTS, check_target


@pytest.mark.parametrize(
    ("platform", "url", "problem"),
    [
        ("yandex", "https://yandex.kz/maps/org/1/reviews", ""),
        ("yandex", "https://maps.yandex.ru/org/1", ""),
        ("Yandex", "https://ya.cc/t/x", ""),
        ("google", "https://g.page/r/x/review", ""),
        ("google", "https://maps.app.goo.gl/x", ""),
        ("google", "https://www.google.kz/maps/place/x", ""),
        ("2gis", "https://2gis.kz/almaty/firm/1/tab/reviews", ""),
        ("2gis", "https://go.2gis.com/x", ""),
        ("yandex", "http://127.0.0.1:9000/maps/yandex/1", ""),
        ("own", "https://anything.example/review", ""),
        ("company_site", "https://anything.example/review", ""),
        ("yandex", "https://google.com/maps", "google.com is no address of yandex"),
        ("google", "https://google.com.evil.example/", "google.com.evil.example is no address of google"),
        ("google", "https://notgoogle.com/", "notgoogle.com is no address of google"),
        ("2gis", "https://2gis.kz.evil.example/x", "is no address of 2gis"),
        ("yandex", "http://yandex.kz/maps", "begins with https://"),
        ("own", "http://anything.example/", "begins with https://"),
        ("yandex", "https://user:pass@yandex.kz/", "without a name or a password"),
        ("yandex", "javascript:alert(1)", "begins with https://"),
        ("yandex", "", "begins with https://"),
    ],
)
def test_check_target(platform: str, url: str, problem: str) -> None:
    found = check_target(platform, url)
    assert problem in found
    assert bool(found) is bool(problem)


def test_every_listed_host_is_accepted() -> None:
    assert [check_target(name, f"https://{host}/x") for name, hosts in HOSTS.items() for host in hosts if
            check_target(name, f"https://{host}/x")] == []  # fmt: skip
