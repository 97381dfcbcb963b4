"""What the survey's page says by itself; the questions stand in the scenario."""

import re
from collections.abc import Mapping

LONGEST_HEADER = 300
WANTED = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?))?\s*")

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "language": "ru",
        "title": "Как всё прошло?",
        "question": "Вопрос {number} из {count}",
        "worst": "плохо",
        "best": "отлично",
        "number": "Число от {lowest} до {highest}",
        "words": "Хотите что-то добавить?",
        "optional": "Необязательно",
        "send": "Отправить",
        "stop": "Больше не спрашивать",
        "error": "Ошибка",
        "missing": "Не хватает оценки",
        "missing_there": "Вопрос {number}: выберите оценку",
        "missing_here": "Выберите оценку",
        "not_stored": "Не получилось записать ответ. Нажмите кнопку ещё раз.",
        "saving": "Спасибо, записываем…",
        "saving_more": "Это займёт пару секунд.",
        "stored": "Ответ записан, спасибо!",
        "stored_more": "Страницу можно закрыть.",
        "again": "Обновить страницу",
        "answered": "Ответ записан",
        "closed": "Спасибо!",
        "closed_more": "Опрос завершён, отвечать больше не нужно.",
        "stopped": "Мы больше не будем спрашивать",
        "stop_title": "Больше не спрашивать?",
        "stop_more": "Мы перестанем присылать Вам опросы.",
        "stop_yes": "Да, больше не спрашивать",
        "stop_no": "Нет, вернуться",
    },
    "kk": {
        "language": "kk",
        "title": "Бәрі қалай өтті?",
        "question": "{number}-сұрақ, барлығы {count}",
        "worst": "нашар",
        "best": "өте жақсы",
        "number": "{lowest} мен {highest} аралығындағы сан",
        "words": "Тағы бірдеңе қосқыңыз келе ме?",
        "optional": "Міндетті емес",
        "send": "Жіберу",
        "stop": "Енді сұрамаңыз",
        "error": "Қате",
        "missing": "Баға жетіспейді",
        "missing_there": "{number}-сұрақ: бағаны таңдаңыз",
        "missing_here": "Бағаны таңдаңыз",
        "not_stored": "Жауапты сақтау мүмкін болмады. Түймені қайта басыңыз.",
        "saving": "Рақмет, жазып жатырмыз…",
        "saving_more": "Бірнеше секунд күтіңіз.",
        "stored": "Жауабыңыз жазылды, рақмет!",
        "stored_more": "Бетті жабуға болады.",
        "again": "Бетті жаңарту",
        "answered": "Жауабыңыз жазылды",
        "closed": "Рақмет!",
        "closed_more": "Сауалнама аяқталды, енді жауап берудің қажеті жоқ.",
        "stopped": "Енді сұрамаймыз",
        "stop_title": "Енді сұрамайық па?",
        "stop_more": "Сізге сауалнама жіберуді тоқтатамыз.",
        "stop_yes": "Иә, енді сұрамаңыз",
        "stop_no": "Жоқ, кері қайту",
    },
    "en": {
        "language": "en",
        "title": "How did it go?",
        "question": "Question {number} of {count}",
        "worst": "poor",
        "best": "excellent",
        "number": "A number from {lowest} to {highest}",
        "words": "Anything to add?",
        "optional": "Optional",
        "send": "Send",
        "stop": "Don’t ask me again",
        "error": "Error",
        "missing": "A score is missing",
        "missing_there": "Question {number}: choose a score",
        "missing_here": "Choose a score",
        "not_stored": "Your answer could not be saved. Please press the button again.",
        "saving": "Thank you, saving…",
        "saving_more": "It takes a couple of seconds.",
        "stored": "Your answer is saved, thank you!",
        "stored_more": "You can close this page.",
        "again": "Reload the page",
        "answered": "Your answer is saved",
        "closed": "Thank you!",
        "closed_more": "The survey is over, there is nothing left to answer.",
        "stopped": "We will not ask you again",
        "stop_title": "Stop asking?",
        "stop_more": "We will send you no more surveys.",
        "stop_yes": "Yes, don’t ask me again",
        "stop_no": "No, go back",
    },
}


def texts_for(accepted: str, default: str) -> Mapping[str, str]:
    """In the best of our languages for an Accept-Language header, however odd."""
    wanted = [found for part in accepted[:LONGEST_HEADER].split(",") if (found := WANTED.fullmatch(part))]
    ranked = sorted(wanted, key=lambda found: -float(found[2] or 1))
    ours = (found[1].lower() for found in ranked if float(found[2] or 1) > 0)
    return TEXTS[next((word for word in ours if word in TEXTS), default)]
