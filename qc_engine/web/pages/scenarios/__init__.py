"""The scenarios: how they stand, what is in them, and what can be done with them."""
