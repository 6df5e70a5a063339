"""Sweeps: many cells, each stored at once and whole, gathered to one data set."""

from __future__ import annotations

from .dataset import load
from .plans import Cell, SweepPlan
from .running import run_plan, sweep
from .store import Store

__all__ = ["Cell", "Store", "SweepPlan", "load", "run_plan", "sweep"]
