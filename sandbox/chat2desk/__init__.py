"""A simulated Chat2Desk account and the phones of its clients."""
