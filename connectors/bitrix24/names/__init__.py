"""What people see in a portal, and the ids behind it."""
