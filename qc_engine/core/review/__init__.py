"""How it stands with a client's public review, and the bonus for it."""
