"""The page on which a client answers without a messenger."""
