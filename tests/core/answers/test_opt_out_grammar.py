"""Wishes to be left alone made from their parts: every way to put them together is heard, whatever is said around."""

import random
from collections.abc import Iterator
from itertools import product

import pytest

from qc_engine.core.answers.read import read
from qc_engine.core.answers.reading import Kind

LONG = 6  # letters
UNHEARD_SHARE = 0.2

# Each line is one grammar: columns of alternatives, "-" for nothing, joined by spaces.
HEARD = {
    "do not write": (
        "-|пожалуйста|добрый день, |я же просил|спасибо, но",
        "не|больше не|никогда не|прошу не|просьба не|пожалуйста не|не надо|не нужно|незачем|хватит|перестаньте"
        "|прекратите|нельзя",
        "писать|присылать|слать|отправлять|беспокоить|тревожить|спамить|названивать и писать",
        "-|мне|мне сюда|меня|мне больше|на этот номер|мне в ватсап|нам",
    ),
    "do not write, asked": (
        "-|больше|пожалуйста,|никогда|мне|ребята,|я не клиент,",
        "не",
        "пишите|пиши|присылайте|шлите|отправляйте|беспокойте|тревожьте|спамьте|надоедайте|приставайте",
        "-|мне|мне больше|мне никогда|мне сюда|меня|сюда|больше|пожалуйста",
    ),
    "no messages": (
        "мне|нам|-",
        "не нужны|не интересны|надоели|осточертели|мешают|не нужны больше|совсем не нужны",
        "ваши|эти|такие|все эти",
        "опросы|сообщения|рассылки|смс|уведомления|смски|вопросы",
    ),
    "messages not": (
        "ваши|эти|все ваши",
        "опросы|сообщения|рассылки|смс",
        "мне не нужны|не нужны|надоели|достали|задолбали|бесят|мне не интересны|меня не интересуют",
        "-|уже|больше",
    ),
    "stop sending": (
        "хватит|прекратите|перестаньте|завязывайте|кончайте|хорош|харе",
        "присылать|слать|отправлять|с|-",
        "опросы|сообщения|рассылку|смс|спам",
    ),
    "remove me": (
        "-|прошу|пожалуйста|требую|я хочу",
        "удалите|уберите|исключите|вычеркните|сотрите|удалить|убрать|исключить",
        "мой номер|мой телефон|меня|мои данные|номер|мой контакт|мои персональные данные",
        "-|из базы|из рассылки|из списка|отовсюду|немедленно|пожалуйста|из вашей базы",
    ),
    "off the list": (
        "отпишите|снимите|отключите|удалите|исключите",
        "меня|мой номер|нас",
        "от рассылки|с рассылки|от этого|из рассылки|от опросов",
    ),
    "refuse": (
        "-|я|мы|извините,|нет,",
        "не хочу|не буду|не желаю|не собираюсь|отказываюсь|не планирую|не намерен",
        "участвовать|отвечать|оценивать|ничего оценивать|проходить опрос|участвовать в опросе|ставить оценки"
        "|отвечать на вопросы|вас оценивать",
    ),
    "take no part": (
        "-|я",
        "не участвую|не отвечаю|не прохожу",
        "в опросах|на опросы|ваши опросы|в ваших опросах",
    ),
    "consent": (
        "-|я|мы",
        "не давал|не давала|не давали|отзываю|забираю|отменяю",
        "согласие|согласия|свое согласие|разрешение",
        "-|на рассылку|на обработку данных|на сообщения",
    ),
    "go away": (
        "-|да|ну|слышь,|уже",
        "отстаньте|отстань|отвалите|отвяжитесь|отцепитесь|идите лесом|идите нахер|пошли вы|идите к черту",
        "-|от меня|уже|со своими опросами|со своими сообщениями|пожалуйста",
    ),
    "wrong person": (
        "-|извините,|похоже|видимо|кажется|здравствуйте,",
        "вы ошиблись номером|вы ошиблись|не туда пишете|вы не туда попали|это не мой номер|не тот номер"
        "|вы пишете не тому|это чужой номер|вы перепутали номер|это номер другого человека|неверный номер",
        "-|, не пишите|, удалите",
    ),
    "blocked": (
        "-|сейчас|я|если не отстанете,",
        "заблокирую|заблокировал|блокирую|забаню|отправлю в спам|кину в чс",
        "вас|ваш номер|этот номер|бота",
    ),
    "english": (
        "-|please|pls|hey,|ok,",
        "don't|do not|never|dont|stop",
        "text|message|contact|write|bother|disturb|write to",
        "me|us|this number",
        "-|again|anymore|please|ever",
    ),
    "english, sent": (
        "-|please|just",
        "stop|no more|I don't want|enough with",
        "messages|these messages|your surveys|spam|these texts",
        "-|please|now",
    ),
    "english, off": (
        "-|please|can you",
        "remove|delete|take|unsubscribe|erase",
        "me|my number|my phone number|my data",
        "from your list|from the list|off your list|now|-",
    ),
    "kazakh": (
        "-|маған|бізге|енді|маған енді|бұдан былай|өтінемін,|рахмет, бірақ",
        "жазбаңыз|жібермеңіз|мазаламаңыз|хабарласпаңыз|жазбаңыздар|жібермеңіздер|мазаламаңызшы|жазбаңызшы|жазбаңдар"
        "|жазбаныз|жибермениз|мазаламаныз",
        "-|енді|өтінемін|пожалуйста|бізге",
    ),
    "kazakh, messages": (
        "маған|-|енді",
        "хабарлама|сауалнама|смс|спам|рассылка",
        "жібермеңіз|жазбаңыз|керек емес|қажет емес|жібермеңіздер|жіберуді тоқтатыңыз",
    ),
    "kazakh, off": (
        "-|менің|өтінемін,",
        "нөмірімді|номерімді|деректерімді|мені базадан|мені тізімнен",
        "өшіріңіз|алып тастаңыз|жойыңыз|өшіріп тастаңыз|шығарыңыз",
        "-|өтінемін",
    ),
    "kazakh, refuse": (
        "-|мен",
        "қатысқым келмейді|бағалағым келмейді|жауап бергім келмейді|қатыспаймын|баға бермеймін|жауап бермеймін",
        "-|рахмет",
    ),
    "transliterated": (
        "-|bolshe|pozhaluista",
        "ne",
        "pishite|pishi|prisylaite|shlite|bespokoite",
        "-|mne|mne bolshe|syuda",
    ),
}
# The same words about something else: the service, a thing, the talk itself.
NOT_MEANT = {
    "things": (
        "удалите|уберите|снимите",
        "царапину|мусор у входа|старые шины|ржавчину с диска|отзыв",
        "-|пожалуйста",
    ),
    "others stop": (
        "хватит|прекратите|перестаньте",
        "хамить|врать|обманывать людей|поднимать цены|курить у входа|экономить на кофе",
    ),
    "calls only": (
        "-|пожалуйста|лучше",
        "не звоните|не надо звонить|не надо перезванивать",
        "-|я на работе|мне сейчас|, я занят",
    ),
    "own silence": (
        "не мог|не могу|не смог|не успел|забыл",
        "вам написать|ответить|написать|оценить",
        "-|раньше|вчера",
    ),
    "stop in words": (
        "стоп-сигнал|стоп-линия|стоп-кран|остановка|пит-стоп",
        "работает|не работает|далеко|удобно",
    ),
    "nobody writes": (
        "никто|мне никто|почему никто",
        "не пишет|не отвечает|не перезвонил|не написал",
        "-|до сих пор",
    ),
    "not arrived": (
        "сообщение|смс|уведомление",
        "не пришло|не дошло|не приходило",
        "-|вовремя",
    ),
    "never again there": (
        "больше не|никогда больше не",
        "приеду|обращусь|поеду",
        "-|к вам|к другим",
    ),
}


def sentences(columns: tuple[str, ...]) -> Iterator[str]:
    """Every way to take one alternative from each column."""
    for parts in product(*(column.split("|") for column in columns)):
        yield " ".join(part for part in parts if part != "-")


@pytest.mark.parametrize("grammar", HEARD)
def test_every_wish_is_heard(grammar: str) -> None:
    unheard = [text for text in sentences(HEARD[grammar]) if read(text).kind is not Kind.OPT_OUT]
    assert not unheard, (len(unheard), unheard[:40])


@pytest.mark.parametrize("grammar", NOT_MEANT)
def test_the_same_words_about_something_else_are_no_wish(grammar: str) -> None:
    misheard = [text for text in sentences(NOT_MEANT[grammar]) if read(text).kind is Kind.OPT_OUT]
    assert not misheard, (len(misheard), misheard[:40])


def slipped(text: str, chance: random.Random) -> str:
    """The sentence with one slip of the hand in one of its long words: a letter lost, wrong, or swapped."""
    parts = text.split()
    long = [at for at, part in enumerate(parts) if len(part) >= LONG and part.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word = parts[at]
    place = chance.randrange(1, len(word) - 1)
    letter = chance.choice("абвгдеиклмнопрсту" if word[1] > "z" else "aeiourstnl")
    rest = chance.choice(
        (word[place + 1 :], letter + word[place + 1 :], word[place + 1] + word[place] + word[place + 2 :])
    )
    parts[at] = word[:place] + rest
    return " ".join(parts)


@pytest.mark.parametrize("seed", range(3))
def test_most_wishes_are_heard_through_a_slip(seed: int) -> None:
    chance = random.Random(seed)
    wishes = [text for columns in HEARD.values() for text in chance.sample(sorted(sentences(columns)), 12)]
    unheard = [
        text for text in (slipped(wish, chance) for wish in wishes) if read(text).kind is not Kind.OPT_OUT
    ]
    assert len(unheard) <= UNHEARD_SHARE * len(wishes), unheard
