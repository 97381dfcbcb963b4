"""What is counted of surveys, how sure a number is, and when a branch slips. Pure."""
