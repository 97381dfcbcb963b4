"""The ends of the scale said in words: `максимальный балл`, `ең жоғары балл`, `lowest score`."""

from collections.abc import Sequence

from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.reading import Scale
from qc_engine.core.answers.tokens import Token

_SENSES = {
    "soft": """
        ставлю поставлю мой моя вам даю оцениваю вполне заслуженный спасибо однозначно конечно за
        всё все очень на по самый самая самую самое самого a the i give you give's оценка оценку как
        сіздерге қоямын беремін деп
        """,
    "end": """
        балл балла баллу баллов бал балы оценк* баллов* оцен* score rating mark marks points grade
        баға* ұпай* балды қоямын
        """,
    "give": """
        ставлю поставлю ставим поставим даю оцениваю заслуживаете give ставь ставьте қоямын беремін
        поставил поставила
        """,
}
_PHRASES = {
    "highest": """
        максимал*|максимал*|наивысш*|высш*|макс|максимум ~ @end
        самый|самую|самая|самое высок* ~ @end
        @end максимальн*|наивысш*|высш*|максимум|макс
        @give ~ максимум|максималк*|максимально|максимальную|наивысшую|высший|высшую
        максимум|максималк* ~ @give
        ^ максимум|максимальная|максимальный|максимальную|наивысшая|максималка|высшая|высший $
        ^ по максимуму $
        @end ~ по максимуму
        ең жоғары|жоғарғы|үлкен|биік ~ @end
        ең жоғарғы|жоғары $
        full|top|highest|maximum|max mark*|score|rating|points|grade
        highest|maximum|top ~ possible
        ^ maximum|max $
        """,
    "lowest": """
        минимал*|низш*|наименьш*|минимум|мин ~ @end
        самый|самую|самая низк* ~ @end
        @end минимальн*|низш*|минимум
        @give ~ минимум|минимальную|низшую|низший
        ^ минимум|минимальная|минимальный|минимальную $
        ең төмен|төменгі|кіші ~ @end
        lowest|minimum|min|bottom mark*|score|rating|points|grade
        """,
    "weakened": """
        почти|не|не|нет|до|выше ... максим*|наивысш*|высш*|миним*|lowest|highest|top|full
        ниже|almost|nearly|not|below|чуть|далек* ... максим*|наивысш*|высш*|миним*|lowest|highest|top|full
        """,
}
_ASKS = ("как", "сколько", "what", "which", "кандай", "неше")
_both_ends = Phrases(_SENSES, {"weakened": _PHRASES["weakened"], **_PHRASES})


def named_end(tokens: Sequence[Token], scale: Scale) -> int | None:
    """The score at the end of the scale that the client names without a number."""
    if any(token.text.startswith(_ASKS) for token in tokens):
        return None  # "какая максимальная оценка"
    found = _both_ends.find(tokens)
    return {"highest": scale.highest, "lowest": scale.lowest}.get(found)
