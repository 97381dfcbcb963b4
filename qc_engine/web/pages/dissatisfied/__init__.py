"""Dissatisfied clients: what a branch's head has to settle, and how well that is done."""
