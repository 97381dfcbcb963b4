"""The same deal starts the scenario once more: the next round, in the place of one under way."""

from dataclasses import replace

from qc_engine.core.case import State
from qc_engine.core.events import DealSeen, StartAsked
from qc_engine.core.rules.starting import supersede
from qc_engine.core.trace import phrase
from qc_engine.trials.outset import DEAL_ID, deal_at, new_case
from qc_engine.trials.trial import StartsAgain
from qc_engine.trials.world import World


def start_again(again: StartsAgain, world: World) -> bool:
    """False when nothing comes of it, because the case is not over yet."""
    before, scenario = world.case, world.scenario
    if before.state is not State.ENDED:
        if not scenario.start.changed_field:
            return False
        asked = StartAsked(DEAL_ID, world.now, scenario=scenario.name, by=before.started_by)
        event = DealSeen(deal_at(world.stage, world.now), asked)
        world.follow(supersede(before, event, scenario, world.now))
    given = replace(world.given, values={**before.values, **again.values})
    fresh = new_case(scenario, given, world.now + scenario.start.wait, frozenset(before.links))
    turn = before.round + 1
    world.case = replace(
        fresh,
        id=f"{before.id.partition('-')[0]}-{turn}",
        round=turn,
        client=before.client,
        deal_stage=world.stage,
    )
    world.tell(phrase("trial.begins_again", round=turn))
    return True
