"""Tests of scenarios as files."""
