"""Risks at sizes inside the data, by training on subsets."""
