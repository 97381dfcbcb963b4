"""The console: where people see how the surveys stand, and act. Here: who may, and how they come in."""
