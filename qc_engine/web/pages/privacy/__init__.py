"""What is held about a person: shown, handed out, erased."""
