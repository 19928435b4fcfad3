"""Replications of published experiments: one module per paper, named by its bibliography key."""
