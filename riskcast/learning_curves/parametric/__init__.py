"""Curves of few parameters through the points of a learning curve."""
