"""``python -m riskcast``."""

from riskcast.cli import run

run()
