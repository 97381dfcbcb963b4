"""The settings: who may come in, what was done, what is connected, and how it stands."""
