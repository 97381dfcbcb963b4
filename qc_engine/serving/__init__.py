"""A running installation: the loops on threads, the doors in front, in one process or in two."""
