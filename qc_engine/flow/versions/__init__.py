"""Which version of a scenario is in force, tried beside it, stopped or taken back."""
