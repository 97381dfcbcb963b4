"""What people do to one case by hand."""
