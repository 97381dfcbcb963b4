"""Words that only a person can answer: a question, a request, a wish to speak to somebody."""

import re
from collections.abc import Iterator, Sequence

from qc_engine.core.answers.length import ends_of, worth_reading
from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.slips import undo_slips
from qc_engine.core.answers.tokens import MOST_CHARACTERS, Token, fold, tokenise

_SENSES = {
    "polite": "пожалуйста пожалуста пож пжл пжлст плиз прошу please pls өтінемін өтініш",
    "soft": """
        а и ну же вы вас вам ты мне меня нам это эта этот так уж вообще ещё еще всё мой моя мои у я мы
        of the a to it с о об про до к на в по за из от для you me сіз сіздер бұл маған ал мен
        """,
    "not": "не ни нет no not don't dont емес",
    "call": """
        перезвон* позвон* звоните наберите набери свяжитесь свяжись звонка звонок звонок_жду звонить
        перезванивать қоңырау хабарлас* звондаңыз* звонда* байланыс* call ring contact phone
        """,
    "person": """
        оператор* менеджер* администратор* директор* руковод* начальник* начальств* старшего старший
        старшему управляющ* человек* human operator manager boss supervisor someone somebody басшы*
        адам* басты*
        """,
    "complaint": """
        жалоба жалобу жалобы жаловаться пожаловаться жалуюсь претензия претензию претензии вопрос
        вопросы проблема complaint problem question шағым* мәселе* сұрағым* сұрақ
        """,
    "asks": """
        кто кого кому что чего чем какой какая какое какие какого какую каком где куда когда сколько
        скольки зачем почему откуда чей чья чьи как who what why which how where when whose can could is
        are do does кім кімсіз кімсің кімнен қай қандай қайдан қашан неге қайда неше қалай
        """,
    "idle": """
        отличн* супер* хорош* классн* молодц* спасиб* понравил* быстро лучш* высот* всегда обычно надо=
        один= сказать подумать круто красив* great always thought
        """,
    "needs": "нужен нужна нужно нужны хочу хотел хотела надо прошу can could want need керек",
    "have": "есть имеется имею возникла возник появилась жду have бар",
    "harmless": """
        извините простите здравствуйте поздравьте держите ловите ставьте поставьте передайте получите
        забирайте процветайте оцените считайте терпите пишите приходите приезжайте растите смотрите
        хотите говорите видите знаете подождите погодите
        """,
}
_PHRASES = {
    "call": """
        @call & !@not
    """,
    "person": """
        @person
    """,
    "complaint": """
        @have ~ @complaint
        @needs ~ @complaint
        у ~ меня|нас ~ @complaint
        можно @complaint
        куда|кому|где ~ жаловаться|пожаловаться
        @complaint ~ бар
    """,
    "question": """
        мне|нам ~ нужен|нужна|нужно|нужны ...
        что|как ~ делать|быть
        не үшін|істе*
    """,
}
_phrases = Phrases(_SENSES, _PHRASES)
_ASKS_KAZAKH = re.compile(r"(?:ким|кай|кандай|кашан|неге|неше|калай)")
_REQUEST = re.compile(r"(?:[йь]те|[бвгджзклмнпрстфхцчшщ]ите)(?:сь)?$|(?:ыныз|иниз)(?:шы|ши|дар|дер)*$")
_LEAST_LETTERS = 5  # a shorter word that ends so is no request


def wants_a_person(text: str) -> bool:
    """'А вы кто?', 'позовите менеджера', 'пришлите чек': only a person can answer that."""
    tokens = ends_of(tokenise(undo_slips(worth_reading(fold(text[:MOST_CHARACTERS])))))
    return (
        _has_a_question_mark(tokens)
        or bool(_phrases.find(tokens))
        or any(_asks(clause) or _requests(clause) for clause in _clauses(tokens))
    )


def _has_a_question_mark(tokens: Sequence[Token]) -> bool:
    mark = next((at for at, token in enumerate(tokens) if token.text == "?"), 0)
    return any(token.kind == "word" for token in tokens[:mark])


def _clauses(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    clause: list[Token] = []
    for token in tokens:
        if token.kind == "word":
            clause.append(token)
        elif clause:
            yield clause
            clause = []
    yield clause


def _asks(clause: Sequence[Token]) -> bool:
    """`вы кто`, `сколько стоит`; in Kazakh the question may come last: `бұл кім`."""
    heard = [_senses(word) for word in clause]
    if any("idle" in senses for senses in heard):
        return False
    first = next((senses for senses in heard if "soft" not in senses), frozenset[str]())
    return "asks" in first or any(_ASKS_KAZAKH.match(word.text) for word in clause)


def _requests(clause: Sequence[Token]) -> bool:
    """`верните деньги`, `адресті жіберіңіз`; not `не переживайте`, `извините`, `держите`."""
    for at, word in enumerate(clause):
        refused = at > 0 and "not" in _senses(clause[at - 1])
        if not refused and "harmless" not in _senses(word) and _is_request(word.text):
            return True
    return False


def _is_request(word: str) -> bool:
    return len(word) >= _LEAST_LETTERS and _REQUEST.search(word) is not None


def _senses(word: Token) -> frozenset[str]:
    return _phrases.lexicon.senses(word.text)
