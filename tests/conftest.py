"""What every test starts from."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from hypothesis import settings

# A busy machine is no failure: nothing here is about seconds.
settings.register_profile("riskcast", deadline=None)
settings.load_profile("riskcast")


@pytest.fixture(autouse=True)
def no_figures_left():
    """Close what a test before this one, on the same worker, may have left open."""
    plt.close("all")
    yield
    plt.close("all")
