"""The band of the path covers the true risk about as often as it should."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

import riskcast as rc

DRAWS = 60
TIMES = np.append(np.logspace(-2, 4, 7), np.inf)


def population_risk(X, y, weights, variances, noise, times):
    """True risk of the flow trained on (X, y) with an intercept, by an SVD."""
    mean, level = X.mean(axis=0), y.mean()
    left, scales, right = np.linalg.svd(X - mean, full_matrices=False)
    kept = scales > 1e-10 * scales[0]
    left, scales, right = left[:, kept], scales[kept], right[kept]
    shares = -np.expm1(-np.multiply.outer(times, scales**2 / len(y)))
    trained = (shares / scales * (left.T @ (y - level))) @ right
    offset = level - trained @ mean
    return noise + ((trained - weights) ** 2) @ variances + offset**2


def covered(n_samples, n_features, decay):
    """How often the 95 % band covers, of all draws at all times and at the best one."""
    rng = np.random.default_rng(n_samples + n_features)
    variances = np.arange(1.0, n_features + 1) ** -decay
    hits = []
    for _ in range(DRAWS):
        X = rng.standard_normal((n_samples, n_features)) * np.sqrt(variances)
        weights = rng.standard_normal(n_features)
        weights /= np.sqrt(weights**2 @ variances)
        y = X @ weights + 0.7 * rng.standard_normal(n_samples)
        path = rc.risk_path(X, y, times=TIMES)
        truth = population_risk(X, y, weights, variances, 0.49, TIMES)
        inside = np.abs(path.risk - truth) <= 1.96 * path.standard_error
        hits.append([*inside, inside[path.best_index]])
    return np.array(hits)


@pytest.mark.parametrize(
    ("n_samples", "n_features", "decay"),
    [(200, 50, 0.0), (400, 100, 0.0), (100, 300, 0.0), (300, 600, 0.0), (150, 300, 1.0)],
)
def test_synthetic_draws(n_samples, n_features, decay, capsys):
    hits = covered(n_samples, n_features, decay)
    with capsys.disabled():
        print(
            f"\n{n_samples} x {n_features}, decay {decay}: the band covers "
            f"{hits[:, :-1].mean():.0%} of {hits[:, :-1].size} true risks, "
            f"{hits[:, -1].sum()} of {DRAWS} at the best time"
        )
    assert 0.86 <= hits[:, :-1].mean() <= 0.995
    assert hits[:, -1].mean() >= 0.8


@pytest.mark.parametrize("scoring", ["squared_error", "error_rate"])
def test_real_halves(scoring):
    """On one half the path, on the other the error of the model trained on the first."""
    if scoring == "squared_error":
        X, y = load_diabetes(return_X_y=True)
    else:
        X, y = load_digits(return_X_y=True)
        X, y = X[:800], y[:800]
    scores = []
    for seed in range(8):
        half = np.random.default_rng(seed).permutation(len(y)) < len(y) // 2
        path = rc.risk_path(X[half], y[half], scoring=scoring)
        for moment in (30, path.best_index):
            time = path.times[moment]
            if scoring == "squared_error":
                model = rc.GradientFlowRegressor(time=time).fit(X[half], y[half])
                losses = (model.predict(X[~half]) - y[~half]) ** 2
            else:
                model = rc.GradientFlowClassifier(time=time).fit(X[half], y[half])
                losses = (model.predict(X[~half]) != y[~half]).astype(float)
            spread = np.hypot(path.standard_error[moment], losses.std() / np.sqrt(len(losses)))
            scores.append((path.risk[moment] - losses.mean()) / spread)
    assert np.abs(scores).max() < 3.5
    assert np.mean(np.abs(scores) < 2.0) >= 0.75
