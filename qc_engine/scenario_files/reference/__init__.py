"""The reference and the schemas, made from the tables of words."""
