"""What becomes of a complaint: why it came, who settled it, and what the client says afterwards."""
