"""How people come into the console, and how they leave it."""
