"""Messages that no client typed as an answer: auto-replies, other bots, code, instructions to the machine."""

import re
from collections.abc import Sequence

from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.tokens import Token

_CODE = re.compile(
    r"\{\{|\}\}|\$\{|\{%|<[a-z/!?%]|</|/>|;\s*--|\bdrop\s+table\b|\bselect\b[^\n]{0,80}\bfrom\b|\bunion\s+select\b"
    r"|^\s*[=@]\s*[\w.]+\s*[+*(/!|-]|\bfunction\s*\(|=>\s*[^\d\s]|==|'\s*or\s*'?1|\bnull\b|\bundefined\b|\bnan\b|^\s*[{\[]\s*\""
    r"|\bsystem\s*:|\bassistant\s*:|\.\./|&&|\|\||javascript:|\bprint\s*\(|%s\b|%d\b|\\x[0-9a-f]{2}|&#\d|&\w{2,6};|\bscore\s*=",
    re.IGNORECASE,
)
_SENSES = {
    "soft": "вам вас мы в на с и и/или за ваш ваше нам вы the your you we our to as of сіз сіздің біз",
    "forget": "ignore disregard forget override игнорируй игнорируйте забудь забудьте проигнорируй",
    "orders": "instruction* prompt* rules previous инструкци* промпт* правила предыдущ* указани*",
}
_PHRASES = {
    "instruction": """
        @forget ... @orders
        @forget all|everything|всё|все
        set|change|make|record ... score|rating|mark|average to
        system prompt
        you are now
        as an ai
        ты теперь|бот|ассистент|робот поставь|запиши|выполни
        запиши|установи|присвой ... оценк*|балл*
        act as
        """,
    "auto_reply": """
        спасибо|благодарим за ваше|обращение|обращени*|сообщение|звонок|заявку
        спасибо что написали|обратились|связались|выбрали
        спасибо|благодарим за ~ обращение|интерес
        ответим|ответит|перезвоним|свяжемся|свяжется вам|с|в|на|вами ...
        вам ответит|ответят|ответим
        мы|оператор|менеджер|специалист ответим|ответит|свяжемся|свяжется
        мы|я|наш|офис работаем|работает|работы с|в|до|ежедневно|круглосуточно|с:
        магазин|салон|режим|график|время работаем|работает|работы с|в|до|ежедневно|круглосуточно|с:
        режим|график|часы работы|приема
        рабочее|рабочие|нерабочее|рабочие|внерабочее время|часы|дни
        оставьте ~ сообщение|номер|заявку|контакт*
        автоответ*|автоматическ*|autoreply|auto-reply
        automatic|auto|automated reply|response|message
        out of office
        thank you|for for contacting|reaching|your
        thanks for contacting|reaching|messaging
        will ... get|be back|touch
        business|working|office hours
        вас приветствует
        приветствует вас
        добро пожаловать ...
        нажмите|наберите|выберите|отправьте|введите цифру|номер|1|раздел|пункт|стоп|stop|вариант
        отправьте|напишите|ответьте|пришлите слово|стоп|stop
        чтобы|чтоб|для отписаться|отписки|отказа|отказаться ...
        для связи с
        reply|text|send|press|type|dial|answer stop|1|2|yes|help|unsubscribe
        ^ to unsubscribe|opt ...
        ваш|ваше|ваша|вашему обращение|заявка|звонок|запрос принят*|зарегистриро*|важен|обрабат*
        я ~ виртуальный|чат-бот|бот|цифровой|электронный помощник|ассистент|салеми
        код подтверждения|доступа
        код для
        verification code
        не сообщайте код|никому
        в отпуске ... до|с
        currently|presently unavailable|away|closed|offline
        i'm|im driving|busy|away
        хабарласқаныңыз* ~ рахмет
        хабарласамыз|жауап береміз
        жұмыс уақыты|кестесі|уақытымыз
        абонент ~ недоступен|занят|может
        ваш|your|одноразовый|sms ~ код|code|пароль|пин|pin
        никому ~ сообщайте
        """,
}
_phrases = Phrases(_SENSES, _PHRASES)


def written_by_machine(folded: str, tokens: Sequence[Token]) -> str:
    """`code`, `instruction` or `auto_reply`; empty for the words of a client."""
    return "code" if _CODE.search(folded) else _phrases.find(tokens)
