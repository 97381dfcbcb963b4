"""The two portals of a simulated year: their scenarios, branches and calendars."""

from datetime import date

from qc_engine.core.calendar import Holidays
from qc_engine.core.case import Branch
from qc_engine.scenario_files.names import Names

YEAR = 2027
NAMES = Names(
    stages={"Start": "START", "Second start": "START2", "Asked": "ASKED", "Won": "WON", "Bad": "C7:NEW"},
    fields={"Score": "UF_S", "Words": "UF_W"},
    contact_fields={"Stop": "UF_STOP"},
)
STARTS = {"START": "visit", "START2": "call"}

RULES = """
anytime:
  - {name: stop, when: asked_to_stop, do: [say: Понятно, end: opted_out]}
  - {name: anger, when: complains, do: [notify: {for: branch_head, text: "Злится: {words|?}"}]}
  - {name: lost, when: message_failed, do: [end: undelivered]}
steps:
  ask:
    do:
      - move_deal: Asked
      - survey: {ask: [quality, why], hint: Одно число, remind_after: 20 hours, reminder: Ждём ответа}
    rules:
      - {name: good, when: {average_at_least: 8}, do: [say: "Спасибо! {review_links}", go_to: review]}
      - {name: bad, when: {average_below: 8}, do: [say: Исправимся, go_to: unhappy]}
      - {name: silent, when: {silent_for: 3 days}, do: [end: unanswered]}
  review:
    rules:
      - {name: clicked, when: link_clicked, do: [say: "Бонус Ваш", end: review]}
      - {name: over, when: {in_step_for: 16 days}, do: [say: "Ещё раз просим: {review_links}", end: happy]}
  unhappy:
    do:
      - create_deal: {title: Жалоба, stage: Bad, for: branch_head}
      - create_task: {title: Решить, text: Решить, for: branch_head, due: 1 day}
      - end: unhappy
"""
QUESTIONS = """
questions:
  quality: {text: Как мы поработали?, scale: 0-10, save_to: Score}
  why: {text: Что улучшить?, kind: comment, save_to: Words, skip_after: 2 hours}
"""
VISIT = f"""
scenario: visit
title: После визита
start: {{deal_in_stage: Start, wait: 1 day, not_later_than: 3 days}}
contact:
  quiet_hours: 21:00-09:00
  quiet_hours_of: client
  at_most_once_in: 20 days
  pause_after_operator: 3 hours
  after_complaint: 40 days
{QUESTIONS}{RULES}"""
CALL = f"""
scenario: call
title: После звонка
start: {{deal_in_stage: Second start, wait: 2 hours, not_later_than: 2 days}}
contact:
  quiet_hours: 20:30-10:00
  at_most_once_in: 4 days
  pause_after_operator: 5 hours
  after_complaint: 15 days
{QUESTIONS}{RULES}"""
TEXTS = {"visit": VISIT, "call": CALL}

# New York and Berlin change their clocks on different days, Almaty never does.
BRANCHES = {
    "main": Branch("На Абая", "Asia/Almaty", 1, 2, {"yandex": "https://y.example/1"}),
    "berlin": Branch("Am Markt", "Europe/Berlin", 3, 4, {"google": "https://g.example/1"}),
}
EVERYWHERE = {date(YEAR, 1, 1), date(YEAR, 3, 22), date(YEAR, 3, 23), date(YEAR, 5, 9), date(YEAR, 12, 31)}
CLOSED = {
    "main": EVERYWHERE | {date(YEAR, 7, 6)},
    "berlin": EVERYWHERE | {date(YEAR, 3, 28), date(YEAR, 10, 31), date(YEAR, 11, 1)},
}
CALENDARS = {
    "main": Holidays(
        frozenset({(0, 1, 1), (0, 3, 22), (0, 3, 23), (YEAR, 5, 9), (0, 12, 31)}),
        {"На Абая": frozenset({(YEAR, 7, 6)})},
    ),
    "berlin": Holidays(
        frozenset({(0, 1, 1), (0, 3, 22), (0, 3, 23), (0, 5, 9), (0, 12, 31)}),
        {"Am Markt": frozenset({(YEAR, 3, 28), (YEAR, 10, 31), (0, 11, 1)})},
    ),
}
# Phones with no doubt about their zone, and one (a Russian mobile) with eleven.
HOMES = {
    "7701555": "Asia/Almaty", "1212555": "America/New_York", "4930901": "Europe/Berlin", "7916123": "",
}  # fmt: skip
