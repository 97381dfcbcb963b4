"""How the portal is called: one way out, at its pace, and what its answers mean."""
