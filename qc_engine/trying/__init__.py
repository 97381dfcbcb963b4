"""A scenario tried on the past: the same clients, the same words, another file. Nothing leaves the house."""
