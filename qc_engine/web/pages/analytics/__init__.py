"""Analytics: how many answer, how well it goes and where it slips; and the owner's page of the week."""
