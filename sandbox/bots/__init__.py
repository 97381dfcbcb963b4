"""What the simulated bots of messengers have in common."""
