"""How cases begin."""
