"""What every test starts from."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def no_figures_left():
    """Close what a test before this one, on the same worker, may have left open."""
    plt.close("all")
    yield
    plt.close("all")
