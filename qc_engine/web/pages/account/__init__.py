"""What belongs to oneself: the browsers in which one is signed in."""
