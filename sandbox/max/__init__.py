"""The bot API of MAX, simulated at the wire."""
