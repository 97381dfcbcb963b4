"""/api with the powers of the console: each call ends in the function that a page's button ends in."""
