"""Fixtures for all tests."""

import os

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from hypothesis import settings

# A busy machine is no failure: nothing here is about seconds.
settings.register_profile("riskcast", deadline=None)
settings.load_profile("riskcast")


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory):
    """One cache for a whole run of the tests, in place of the user's: each study is measured once.

    Workers share it, and what is measured is kept under the fingerprint of its code.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RISKCAST_CACHE", str(folder / "shared-cache"))
        yield folder / "shared-cache"


@pytest.fixture(autouse=True)
def no_figures_left():
    """Close figures left open by earlier tests on the same worker."""
    plt.close("all")
    yield
    plt.close("all")
