"""Sense, not shape: what can never happen, lacks, or goes against a promise."""
