"""All bugs that the simulation must find."""

from tests.simulation.planted import FIRST
from tests.simulation.planted_coming import COMING
from tests.simulation.planted_leaving import LEAVING
from tests.simulation.planted_saying import SAYING
from tests.simulation.planting import Plant

PLANTS: dict[str, Plant] = {**FIRST, **COMING, **LEAVING, **SAYING}
assert len(PLANTS) == sum(map(len, (FIRST, COMING, LEAVING, SAYING)))
