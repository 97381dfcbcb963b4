"""What people in the CRM read about a complaint, in the language of the scenario."""

from collections.abc import Mapping

CAUSE, DONE, SETTLED, REOPENED, SECOND = "cause", "done", "settled", "reopened", "second"
LINES: Mapping[str, Mapping[str, str]] = {
    "ru": {
        CAUSE: "Причина недовольства: {}",
        DONE: "Что сделано: {}",
        SETTLED: "Жалоба улажена",
        REOPENED: "Жалоба снова открыта: {}",
        SECOND: "Повторная оценка клиента: {}",
    },
    "kk": {
        CAUSE: "Наразылық себебі: {}",
        DONE: "Не істелді: {}",
        SETTLED: "Шағым шешілді",
        REOPENED: "Шағым қайта ашылды: {}",
        SECOND: "Клиенттің қайталама бағасы: {}",
    },
    "en": {
        CAUSE: "Cause of dissatisfaction: {}",
        DONE: "What was done: {}",
        SETTLED: "The complaint is settled",
        REOPENED: "The complaint is open again: {}",
        SECOND: "The client's second score: {}",
    },
}


def line(language: str, key: str, value: str = "") -> str:
    return LINES[language][key].format(value)
