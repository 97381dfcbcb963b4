"""What clients and staff read: texts with values in them, by language."""
