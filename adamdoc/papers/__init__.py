"""Experiments of the literature, run again: one module a paper, named by its bibliography key."""
