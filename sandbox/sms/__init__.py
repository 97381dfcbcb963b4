"""Simulated SMS gateways: SMSC and Mobizon over one mobile network."""
