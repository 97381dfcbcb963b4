"""Does somebody who wants no more messages ask for the end of their data as well? The law counts its days."""

from collections.abc import Sequence

from qc_engine.core.answers.phrases import Phrases
from qc_engine.core.answers.tokens import Token

_SENSES = {
    "soft": """
        пожалуйста пожалуста плиз прошу требую вас вы мой мои моего моей мою моих все всю всё свои свой
        немедленно срочно уже меня мне обо о я это вообще тоже также
        please my all of the any your менің барлық өтінемін сіз
        """,
    "erase": """
        удалите удали удалить удаляйте удалять удалити удолите сотрите сотри стереть стирайте уничтожьте
        уничтожить уничтожте удалили стерли уничтожили
        """,
    "data": """
        данные даные данных номер номера номерок телефон телефона персональные персоналку сведения информацию
        """,
    "base": "базы базе баз системы системе crm црм картотеки",
    "take_out": "уберите убрать вычеркните вычеркнуть исключите исключить",
    "delete": "delete erase remove wipe deleting removing",
    "records": "database databases records record system systems crm",
    "erase_kk": "өшіріңіз өшіріңіздер өшір өшіріңізші өшіріп жойыңыз жойыңыздар жой жойып жойыңызшы алып",
    "data_kk": """
        деректерімді деректерді мәліметтерімді мәліметімді нөмірімді номерімді телефонымды ақпаратымды
        дерегімді
        """,
    "base_kk": "базадан базаңыздан базаларыңыздан базаларыңнан базаңнан дерекқордан жүйеден",
}  # fmt: skip
_PHRASES = {
    "erasure": """
        @erase ~ @data
        @data ~ @erase
        @erase|@take_out ... из|с|со ~ @base
        из ~ @base ~ @erase|@take_out
        отзываю|отозвать|отзовите ... согласие|согласия
        прекратите|прекратить|запрещаю|остановите ... обработку|обрабатывать|хранить|хранение
        право на забвение
        @delete ... data|information|details
        @delete ~ number|phone|contact
        @delete ~ me from ... @records
        right to be forgotten
        right to erasure
        withdraw|revoke ... consent
        @erase_kk & @data_kk
        @erase_kk & @base_kk
        келісімімді|келісімді|рұқсатымды ~ қайтарып|кері ...
        """
}
_asked = Phrases(_SENSES, _PHRASES)


def asks_to_erase(tokens: Sequence[Token]) -> bool:
    """Is it said plainly? 'Удалите меня' or 'удалите' alone only ends the messages."""
    # "Удалите, пожалуйста, мой номер": it is one clause all the same.
    return bool(_asked.find([token for token in tokens if token.text != ","]))
