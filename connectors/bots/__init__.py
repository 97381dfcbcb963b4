"""What the bots of messengers have in common; no channel by itself."""
