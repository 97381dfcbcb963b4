"""One folder per page: page.py and its templates."""
