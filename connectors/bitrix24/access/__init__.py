"""The ways into a portal: an incoming webhook, or a local application with tokens that expire."""
