"""Telegram's Bot API, simulated at the wire."""
