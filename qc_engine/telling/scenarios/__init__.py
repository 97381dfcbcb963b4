"""What people see of the scenarios and do with them: the same by a command and in the console."""
