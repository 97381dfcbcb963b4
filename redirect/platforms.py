"""Which hosts belong to which review platform: a slip in config.yaml must not send clients elsewhere."""

from urllib.parse import urlsplit

from redirect.targets import LOOPBACK, location

# A host of the list, or one below it. A platform that is not here is the company's own: any host.
HOSTS: dict[str, tuple[str, ...]] = {
    "yandex": (
        "yandex.ru", "yandex.kz", "yandex.com", "yandex.by", "yandex.uz", "yandex.com.tr", "yandex.com.am",
        "yandex.com.ge", "yandex.az", "ya.ru", "ya.cc",
    ),
    "google": (
        "google.com", "google.ru", "google.kz", "google.by", "google.com.tr", "google.ge", "google.am",
        "google.az", "google.kg", "google.co.uz", "google.de", "google.co.uk", "goo.gl", "g.page", "g.co",
    ),
    "2gis": (
        "2gis.ru", "2gis.kz", "2gis.com", "2gis.kg", "2gis.uz", "2gis.by", "2gis.az", "2gis.am", "2gis.ge",
        "2gis.tj", "2gis.ae", "flamp.ru",
    ),
    "flamp": ("flamp.ru",),
    "zoon": ("zoon.ru", "zoon.kz", "zoon.com.ua"),
    "vk": ("vk.com", "vk.ru", "vk.me"),
    "avito": ("avito.ru",),
    "otzovik": ("otzovik.com",),
    "yell": ("yell.ru",),
    "tripadvisor": ("tripadvisor.com", "tripadvisor.ru"),
    "drom": ("drom.ru",),
    "prodoctorov": ("prodoctorov.ru",),
}  # fmt: skip


def check_target(platform: str, url: str) -> str:
    """Why visitors of this platform's link cannot be sent there, in one sentence; '' when they can."""
    if location(url) is None:
        return "write an address that begins with https://, without a name or a password, spaces or quotes"
    host = (urlsplit(url).hostname or "").rstrip(".")
    hosts = HOSTS.get(platform.casefold())
    if hosts is None or host in LOOPBACK or any(host == one or host.endswith(f".{one}") for one in hosts):
        return ""
    return f"{host} is no address of {platform}; its pages are at {', '.join(hosts[:3])} and the like"
