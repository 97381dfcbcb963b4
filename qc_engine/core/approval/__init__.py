"""A person is asked yes or no."""
