"""The owner's page of the week as a letter: when it is due, what it says, and that it leaves once."""
