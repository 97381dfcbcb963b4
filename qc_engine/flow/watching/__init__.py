"""Who notices that something is silent, missing or different: reconciliation and alarms."""
