"""The page on which a person at the company says yes or no."""
