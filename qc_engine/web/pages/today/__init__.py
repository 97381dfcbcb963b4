"""The first page: everything that needs a person now, and the buttons that settle it."""
