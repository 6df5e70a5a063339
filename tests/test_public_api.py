"""The public names, and the cost of importing the package."""

import subprocess
import sys

import pytest

import riskcast as rc


def test_import_loads_nothing_heavy():
    script = "import sys, riskcast; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    for name in ("numpy", "scipy", "sklearn", "pandas", "matplotlib", "jax"):
        assert name not in loaded


def test_public_names_are_these():
    """Update this list when a public name is added or removed."""
    assert sorted(rc.__all__) == [
        "Assessment",
        "Forecast",
        "GradientDescent",
        "GradientFlow",
        "GradientFlowClassifier",
        "GradientFlowRegressor",
        "HeavyBall",
        "Nesterov",
        "Population",
        "PrincipalComponents",
        "ResolventMixture",
        "Ridge",
        "RiskPath",
        "Spectrum",
        "assess",
        "exceptions",
        "features",
        "filters",
        "forecast",
        "lab",
        "learning_curves",
        "plotting",
        "resolvent_mixture",
        "risk_path",
        "spectra",
        "studies",
        "theory",
    ]


@pytest.mark.parametrize("name", rc.__all__)
def test_every_public_name_loads_and_says_what_it_is(name):
    assert getattr(rc, name).__doc__


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rc.nothing
