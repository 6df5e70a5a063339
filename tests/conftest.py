"""Fixtures for all tests."""

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
    """Close figures left open by earlier tests on the same worker."""
    plt.close("all")
    yield
    plt.close("all")
