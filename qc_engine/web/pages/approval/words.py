"""What the page of yes and no says by itself; the question stands in the scenario."""

from collections.abc import Mapping

from qc_engine.languages import best_language

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "language": "ru",
        "heading": "Нужно Ваше решение",
        "client": "Клиент",
        "branch": "Филиал",
        "deal": "Сделка",
        "until": "Ответить до",
        "yes": "Да",
        "no": "Нет",
        "or": "или другой ответ:",
        "who": "Кто решает? Имя увидят в деле",
        "who_missing": "Напишите, кто решает.",
        "answered": "Уже решено:",
        "by": "Ответил(а):",
        "first_counts": "Остаётся первый ответ. Если он неверен, скажите тому, кто ведёт опросы.",
        "over": "Ответ больше не нужен: работа по визиту закончена.",
        "closed": "Срок ответа прошёл",
        "closed_more": "Эта страница больше не принимает ответов.",
        "thanks": "Спасибо, ответ записан",
        "thanks_more": "Страницу можно закрыть.",
        "not_stored": "Не получилось записать ответ. Нажмите кнопку ещё раз.",
    },
    "kk": {
        "language": "kk",
        "heading": "Сіздің шешіміңіз керек",
        "client": "Клиент",
        "branch": "Филиал",
        "deal": "Мәміле",
        "until": "Жауап беру мерзімі",
        "yes": "Иә",
        "no": "Жоқ",
        "or": "немесе басқа жауап:",
        "who": "Кім шешеді? Атыңыз істе көрінеді",
        "who_missing": "Кім шешетінін жазыңыз.",
        "answered": "Шешім қабылданған:",
        "by": "Жауап берген:",
        "first_counts": "Бірінші жауап қалады. Ол қате болса, сауалнаманы жүргізетін адамға айтыңыз.",
        "over": "Жауап енді керек емес: бұл сапар бойынша жұмыс аяқталды.",
        "closed": "Жауап беру мерзімі өтті",
        "closed_more": "Бұл бет енді жауап қабылдамайды.",
        "thanks": "Рақмет, жауап жазылды",
        "thanks_more": "Бетті жабуға болады.",
        "not_stored": "Жауапты сақтау мүмкін болмады. Түймені қайта басыңыз.",
    },
    "en": {
        "language": "en",
        "heading": "Your decision is needed",
        "client": "Client",
        "branch": "Branch",
        "deal": "Deal",
        "until": "Answer by",
        "yes": "Yes",
        "no": "No",
        "or": "or another answer:",
        "who": "Who decides? The name is shown in the case",
        "who_missing": "Please write who decides.",
        "answered": "Already decided:",
        "by": "Answered by:",
        "first_counts": "The first answer stays. If it is wrong, tell whoever runs the surveys.",
        "over": "No answer is needed any more: the work on this visit is over.",
        "closed": "The time to answer is over",
        "closed_more": "This page takes no more answers.",
        "thanks": "Thank you, the answer is saved",
        "thanks_more": "You can close this page.",
        "not_stored": "The answer could not be saved. Please press the button again.",
    },
}


def texts_for(accepted: str, default: str) -> Mapping[str, str]:
    """In the best of our languages for an Accept-Language header."""
    return TEXTS[best_language(accepted, default)]
