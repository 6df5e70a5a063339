"""Figures, tables and pages. Nothing here is loaded before it is asked for."""
