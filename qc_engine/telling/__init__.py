"""What the engine tells people of itself: stories, what waits for a person, and why nobody was written to."""

from qc_engine.telling.teller import Teller, teller_of

__all__ = ["Teller", "teller_of"]
