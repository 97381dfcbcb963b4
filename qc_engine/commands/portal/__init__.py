"""What the commands of `qc bitrix24` share: one portal at hand, its names and plans told, its door."""
