"""The words of the language, and what each takes."""
