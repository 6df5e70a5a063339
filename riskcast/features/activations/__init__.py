"""Activations and their duals."""
