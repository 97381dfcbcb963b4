"""The conversation with a client: asking, hearing, and by which way."""
