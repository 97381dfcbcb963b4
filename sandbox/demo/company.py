"""What the demo's company has written: its config.yaml, its templates, its scenario with every channel."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.max.account import NICK as MAX_BOT
from sandbox.telegram.account import NICK as TELEGRAM_BOT

# Everything by the names that people see in the sandbox's company.
COMPANY = """\
public_url: {engine}
port: {port}
database_url: {database}
clock_file: {folder}/clock.json
scenarios: {scenarios}
timezone: Asia/Almaty

bitrix24:
  branch_field: Филиал
  do_not_disturb_field: Не писать
  poll_every: {poll}
  task_poll_every: {poll}

chat2desk:
  base_url: {sandbox}/chat2desk
  channel_id: 43898
  transport: wa_direct

# The play looks many times a second whether all is calm.
api_requests_per_minute: 0
timings:
  tick: {tick}
  hold: 1 s

"""
CHANNELS = """\
telegram:
  base_url: {sandbox}/telegram
  bot: {telegram_bot}

max:
  base_url: {sandbox}/max
  bot: {max_bot}

sms:
  gateway: smsc
  base_url: {sandbox}/sms

"""
BRANCH = """\
  - name: {name}
    crm_value: {name}
    department: {name}
    manager: {manager[name]}
    timezone: Asia/Almaty
    review_pages:
      yandex: {sandbox}/maps/yandex/{number}
      google: {sandbox}/maps/google/{number}
"""
# Approved at the messenger long before; their texts say what the scenario's say.
TEMPLATES = (
    {
        "name": "visit_quality",
        "language": "ru",
        "body": "Здравствуйте, {{1}}! Вы были у нас: {{2}}.\n"
        "Оцените, пожалуйста, качество работы от 1 до 10. "
        "Если не хотите получать такие сообщения, ответьте «стоп».",
    },
    {"name": "review_thanks", "language": "ru", "body": "Спасибо за отзыв! Ваш бонус подтверждён."},
    {
        "name": "visit_reminder",
        "language": "ru",
        "body": "Будем благодарны за Вашу оценку от 1 до 10. Это займёт десять секунд.",
    },
)
SCENARIO = "tyre_centre.yaml"
# What the shipped scenario needs to know of further channels, each put in behind a line of it.
MORE_LINES = {
    "contact:\n": "  channels: [chat2desk, telegram, max, sms]\n  next_channel_after: 6 hours\n",
    "  quality:\n": "    on_page: Как Вам качество работы?\n",
    "  service:\n": "    on_page: А вежливость и скорость обслуживания?\n",
    "          ask: [quality, service]\n": (
        '          by_link: "{branch}: оцените, пожалуйста, Ваш визит, это полминуты {survey_link}"\n'
    ),
}


class ScenarioChanged(Exception):
    """The shipped scenario no longer has the line named by the text, so nothing can be put in behind it."""


def config_text(
    values: Mapping[str, Any], branches: Iterable[Mapping[str, Any]], *, channels: bool = True
) -> str:
    """config.yaml; `values` fill the places of COMPANY, `channels` adds Telegram, MAX and SMS."""
    further = CHANNELS if channels else ""
    text = (COMPANY + further).format(**values, telegram_bot=TELEGRAM_BOT, max_bot=MAX_BOT)
    rows = (BRANCH.format(**branch, sandbox=values["sandbox"]) for branch in branches)
    return f"{text}branches:\n{''.join(rows)}"


def write_scenarios(source: Path, target: Path) -> None:
    """The tyre centres' scenario of `source`, now through every channel. Raises ScenarioChanged."""
    target.mkdir(parents=True, exist_ok=True)
    text = through_channels((source / SCENARIO).read_text("utf-8"))
    (target / SCENARIO).write_text(text, encoding="utf-8")


def through_channels(scenario: str) -> str:
    """The same scenario, by Telegram, MAX and SMS too. Raises ScenarioChanged."""
    for line, more in MORE_LINES.items():
        if line not in scenario:
            raise ScenarioChanged(line.strip())
        scenario = scenario.replace(line, line + more, 1)
    return scenario
