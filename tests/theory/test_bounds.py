"""Rademacher complexities against enumeration, and bounds against the risk."""

import itertools

import numpy as np
import pytest

import riskcast as rc
from riskcast import theory

pytestmark = pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")


def enumerated(X, norm):
    """Mean over all signs of the supremum, which an aligned weight vector attains."""
    total = 0.0
    for signs in itertools.product([-1.0, 1.0], repeat=len(X)):
        pull = np.array(signs) @ X
        weights = norm * pull / np.linalg.norm(pull)
        total += weights @ pull / len(X)
    return total / 2 ** len(X)


def test_linear_complexity_by_enumeration():
    X = np.random.default_rng(0).standard_normal((8, 3))
    exact = theory.linear_complexity(X, 2.0)
    assert exact == pytest.approx(enumerated(X, 2.0), rel=1e-12)
    assert exact < theory.linear_complexity_bound(X, 2.0)
    larger = np.random.default_rng(0).standard_normal((14, 3))
    assert theory.linear_complexity(larger, 1.0) == pytest.approx(enumerated(larger, 1.0), rel=0.05)


def test_orthogonal_rows_have_a_closed_form():
    Q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((9, 4)))
    rows = Q.T * np.array([1.0, 2.0, 3.0, 4.0])[:, None]
    assert theory.linear_complexity(rows, 1.0) == pytest.approx(np.sqrt(30.0) / 4)
    assert theory.linear_complexity(rows, 1.0) == pytest.approx(enumerated(rows, 1.0))


def test_relu_bound_holds_for_networks_of_the_class():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((10, 4))
    bound = theory.relu_complexity_bound(X, 1.5, 2.0)
    suprema = []
    for signs in itertools.product([-1.0, 1.0], repeat=10):
        hidden = rng.standard_normal((200, 4))
        hidden /= np.linalg.norm(hidden, axis=1)[:, None]
        pulls = np.abs(np.maximum(X @ hidden.T, 0.0).T @ np.array(signs)) / 10
        suprema.append(1.5 * 2.0 * pulls.max())  # all weight on the best of many units
    assert 0.1 * bound < np.mean(suprema) < bound


def test_rank_complexity_by_projection():
    # The supremum over a subspace of functions with bounded rms is rms |P s|/√n.
    rng = np.random.default_rng(3)
    basis, _ = np.linalg.qr(rng.standard_normal((40, 10)))
    signs = rng.choice([-1.0, 1.0], (4000, 40))
    sampled = 2.0 * np.linalg.norm(signs @ basis, axis=1).mean() / np.sqrt(40)
    bound = theory.rank_complexity(40, 10, 2.0)
    assert sampled < bound < 1.1 * sampled
    assert theory.rank_complexity(40, 400, 2.0) == 2.0


def test_conditioning_bounds_every_trained_weight():
    rng = np.random.default_rng(4)
    hidden = np.maximum(rng.standard_normal((30, 5)) @ rng.standard_normal((5, 80)), 0.0)
    y = rng.standard_normal(30)
    reach = theory.conditioned_complexity(hidden, y) * 30 / np.linalg.norm(hidden)
    longest = np.linalg.norm(np.linalg.pinv(hidden) @ y)
    assert longest <= reach
    wide = np.hstack([hidden, np.zeros((30, 500))])  # frozen units change nothing
    assert theory.conditioned_complexity(wide, y) == pytest.approx(
        theory.conditioned_complexity(hidden, y)
    )


@pytest.mark.parametrize("samples", [100, 350, 900])
def test_bounds_lie_above_the_risk_and_in_their_order(samples):
    population = rc.Population.power_law(300, 0.5, 0.5, 4.0)
    flow = rc.GradientFlow(np.geomspace(0.01, 1e4, 20))
    bounds = theory.bound_curves(population, samples, flow, init_variance=0.01)
    assert (bounds.curve.risk <= bounds.active * (1 + 1e-9)).all()
    assert (bounds.active <= bounds.conditioned).all()
    assert bounds.classical[0] > bounds.active[0]  # only the first counts initial weights
    display = bounds.plot()
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "risk" in labels
    assert len(labels) == 5


def test_the_classical_bound_grows_with_frozen_weights_and_the_active_does_not():
    # More features of smaller variance: more frozen initial weights.
    flow = rc.GradientFlow([1.0])
    active, classical = [], []
    for features in (400, 1600):
        block = rc.Population.block([100, features - 100], [1.0, 1e-6], 4.0, [1.0, 0.0])
        bounds = theory.bound_curves(block, 300, flow, init_variance=0.02)
        active.append(bounds.active[0])
        classical.append(bounds.classical[0])
    assert active[1] == pytest.approx(active[0], rel=1e-2)
    assert classical[1] > 1.5 * classical[0]


def test_impossible_arguments_are_named():
    population = rc.Population.isotropic(10, 1.0)
    with pytest.raises(ValueError, match="filter"):
        theory.bound_curves(population, 20, rc.GradientFlow([1.0], weight_decay=0.1))
    with pytest.raises(ValueError, match="largest_error"):
        theory.bound_curves(population, 20, rc.GradientFlow([1.0]), largest_error=-1.0)
    with pytest.raises(ValueError, match="norm"):
        theory.linear_complexity(np.eye(3), -1.0)
    with pytest.raises(ValueError, match="X"):
        theory.linear_complexity_bound([1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="targets"):
        theory.conditioned_complexity(np.eye(3), [1.0])
