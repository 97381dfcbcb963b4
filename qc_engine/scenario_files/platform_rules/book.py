"""What the platforms have published about asking for reviews: in our own words, with source and date.

Nothing here is quoted. `standing` says how well a rule is known; whoever acts on it reads the page itself.
"""

from dataclasses import dataclass

GATING, REWARD = "review-gating", "reward"
KINDS = (GATING, REWARD)

# How well a rule is known.
READ = "read"  # the platform's own page was read
REPORTED = "reported"  # others tell of the page, agreeing with one another; the page itself was not read
UNVERIFIED = "unverified"  # no such rule was found, which does not mean that there is none


@dataclass(frozen=True)
class Source:
    """A page, and the day of the wording that we know, as ISO date or month; '' when nobody gives one."""

    title: str
    url: str
    date: str
    standing: str


@dataclass(frozen=True)
class PlatformRule:
    """`says` names the sentence in texts.py; the first source is the one to read."""

    platform: str
    kind: str
    says: str
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """As config.yaml calls it: 'google/reward'."""
        return rule_name(self.platform, self.kind)

    @property
    def standing(self) -> str:
        return self.sources[0].standing if self.sources else UNVERIFIED


def rule_name(platform: str, kind: str) -> str:
    return f"{platform}/{kind}"


def rule_of(platform: str, kind: str) -> PlatformRule:
    """A platform that the book does not know has unknown rules: that is told, not passed over."""
    return _BOOK.get((platform, kind)) or PlatformRule(platform, kind, "unknown", ())


_GOOGLE_POLICY = Source(
    "Google Maps user-contributed content policy: fake engagement, rating manipulation",
    "https://support.google.com/contributionpolicy/answer/7400114",
    "2024-06-17",
    REPORTED,
)
_GOOGLE_REPORT = Source(
    "Google updates Maps policy on fake engagement (Swipe Insight)",
    "https://web.swipeinsight.app/posts/"
    "google-updates-maps-policy-on-fake-engagement-to-ensure-genuine-user-contributions-7539",
    "2024-06-17",
    READ,
)
# A law of one country, not of the platform: for whoever has clients there.
_US_LAW = Source(
    "16 CFR Part 465, Trade Regulation Rule on the Use of Consumer Reviews and Testimonials (USA)",
    "https://www.govinfo.gov/content/pkg/FR-2024-08-22/html/2024-18519.htm",
    "2024-10-21",
    READ,
)
_YANDEX_RULES = Source(
    "Яндекс: рекомендации и правила публикации отзывов",
    "https://yandex.ru/support/reviews/rules.html",
    "",
    REPORTED,
)
_YANGO_RULES = Source(
    "Yango Maps (Yandex maps abroad): publication rules, 5. Must be real",
    "https://business.yango.com/support/en/manage/reviews-rules",
    "",
    READ,
)
_YANDEX_BUSINESS = Source(
    "Яндекс Бизнес: управление отзывами",
    "https://yandex.ru/support/business-priority/manage/reviews.html",
    "",
    UNVERIFIED,
)
_2GIS_RULES = Source(
    "2ГИС: требования к информационным материалам",
    "https://law.2gis.kz/informational-requirements/",
    "",
    UNVERIFIED,
)
_2GIS_HELP = Source(
    "2GIS: how to write a good review", "https://help.2gis.com/question/how-to-write-a-good-review", "", READ
)

RULES = (
    PlatformRule("google", GATING, "google_gating", (_GOOGLE_POLICY, _GOOGLE_REPORT)),
    PlatformRule("google", REWARD, "google_reward", (_GOOGLE_POLICY, _GOOGLE_REPORT, _US_LAW)),
    PlatformRule("yandex", GATING, "yandex_gating", (_YANDEX_BUSINESS,)),
    PlatformRule("yandex", REWARD, "yandex_reward", (_YANDEX_RULES, _YANGO_RULES)),
    PlatformRule("2gis", GATING, "2gis_gating", (_2GIS_RULES, _2GIS_HELP)),
    PlatformRule("2gis", REWARD, "2gis_reward", (_2GIS_RULES, _2GIS_HELP)),
)
_BOOK = {(one.platform, one.kind): one for one in RULES}
