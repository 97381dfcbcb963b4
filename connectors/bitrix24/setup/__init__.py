"""What an installation needs on a portal, made there after a person has seen the plan."""

from connectors.bitrix24.setup.carrying import Progress, carry_out
from connectors.bitrix24.setup.journal import Journal, Made
from connectors.bitrix24.setup.plan import Plan, Problem, Step, plan
from connectors.bitrix24.setup.wishes import StartStage, WantedField, WantedStage, Wish

__all__ = [
    "Journal",
    "Made",
    "Plan",
    "Problem",
    "Progress",
    "StartStage",
    "Step",
    "WantedField",
    "WantedStage",
    "Wish",
    "carry_out",
    "plan",
]
