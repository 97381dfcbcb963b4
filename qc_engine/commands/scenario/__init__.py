"""qc scenario: which versions are in force, switching, trying, stopping and taking back."""
