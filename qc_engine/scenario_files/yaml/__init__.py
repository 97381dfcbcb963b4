"""A file as a tree with places: strict YAML, what it includes, its parameters."""
