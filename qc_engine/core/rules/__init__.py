"""Which rules have their turn, what they do, and when time alone brings one."""
