"""What happened and why, in human words."""
