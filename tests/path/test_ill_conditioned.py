"""Leave-one-out beyond a condition number of 1e6, against training again with 50 digits.

The table of achieved errors is printed by

    pytest tests/path/test_ill_conditioned.py
"""

import mpmath
import numpy as np
import pytest
import scipy.sparse

import riskcast as rc

SHAPES = {"n > p": (7, 4), "p = n - 1": (7, 6), "n = p": (7, 7), "n < p": (7, 11)}
CONDITIONS = [1e7, 1e8, 1e9, 1e10]
# Error may grow like rounding times the condition number, with this factor.
GROWTH = 100.0


def ill_conditioned(shape, condition, seed):
    rng = np.random.default_rng(seed)
    n_samples, n_features = shape
    rank = min(shape)
    left = np.linalg.qr(rng.standard_normal((n_samples, rank)))[0]
    right = np.linalg.qr(rng.standard_normal((n_features, rank)))[0]
    X = (left * np.logspace(0, -np.log10(condition), rank)) @ right.T
    return X, rng.standard_normal(n_samples)


def times_of(condition):
    """From the strongest direction's time to past the weakest's, then the end."""
    return np.append(np.logspace(0, 2 * np.log10(condition) + 2, 6), np.inf)


def exact_predictions(X, y, times, fit_intercept):
    """Refits in many digits, on the very floating-point numbers given, shape (n, T)."""
    predictions = np.empty((len(X), len(times)))
    with mpmath.workdps(50):
        for row in range(len(X)):
            others = [k for k in range(len(X)) if k != row]
            predictions[row] = exact_fold(
                mpmath.matrix(X[others].tolist()),
                mpmath.matrix(y[others].tolist()),
                mpmath.matrix(X[row].tolist()),
                times,
                fit_intercept,
            )
    return predictions


def exact_fold(rows, targets, new, times, fit_intercept):
    """Predictions for one new row, through the eigenvectors of the fold's Gram matrix."""
    count, width = rows.rows, rows.cols
    level = mpmath.mpf(0)
    if fit_intercept:
        centre = [mpmath.fsum(rows[:, j]) / count for j in range(width)]
        level = mpmath.fsum(targets) / count
        rows = rows - mpmath.matrix([centre] * count)
        new = new - mpmath.matrix(centre)
        targets = targets - level * mpmath.ones(count, 1)
    eigenvalues, vectors = mpmath.eigsy(rows * rows.T)
    reach = vectors.T * (rows * new)
    found = vectors.T * targets
    largest = max(eigenvalues)
    kept = [k for k in range(count) if eigenvalues[k] > largest * mpmath.mpf(10) ** -40]

    def prediction(time):
        def share(k):
            if np.isinf(time):
                return mpmath.mpf(1)
            return -mpmath.expm1(-mpmath.mpf(time) * eigenvalues[k] / count)

        return level + mpmath.fsum(reach[k] * share(k) * found[k] / eigenvalues[k] for k in kept)

    return [float(prediction(time)) for time in times]


def achieved_error(shape, condition, fit_intercept, seed):
    X, y = ill_conditioned(shape, condition, seed)
    times = times_of(condition)
    path = rc.risk_path(X, y, times=times, fit_intercept=fit_intercept)
    exact = exact_predictions(X, y, times, fit_intercept)
    found = np.column_stack([path.loo_predictions(time) for time in times])
    size = np.maximum(np.abs(exact).max(axis=0), np.abs(y).max())
    return (np.abs(found - exact).max(axis=0) / size).max()


@pytest.mark.parametrize("fit_intercept", [False, True], ids=["no intercept", "intercept"])
def test_errors_grow_no_faster_than_rounding(fit_intercept, capsys):
    table = {
        name: [achieved_error(shape, condition, fit_intercept, 0) for condition in CONDITIONS]
        for name, shape in SHAPES.items()
    }
    with capsys.disabled():
        print_table(table, fit_intercept)
    for errors in table.values():
        for condition, error in zip(CONDITIONS, errors, strict=True):
            assert error <= GROWTH * np.finfo(float).eps * condition


def print_table(table, fit_intercept):
    print(
        f"\nlargest relative error of leave-one-out, {'with' if fit_intercept else 'no'} intercept"
    )
    print("condition  " + "".join(f"{condition:>10.0e}" for condition in CONDITIONS))
    for name, errors in table.items():
        print(f"{name:<11}" + "".join(f"{error:>10.1e}" for error in errors))


def awkward_columns(kind, rng):
    """Tall rows, and a few columns more that strain a factorization."""
    X = rng.standard_normal((60, 8))
    more = {
        "nearly equal columns": X[:, :2] + 1e-6 * rng.standard_normal((60, 2)),
        "a small column of one row": 1e-6 * np.eye(60)[:, :2],
        "a large constant column": np.full((60, 1), 1e8),
        "columns of many scales": rng.standard_normal((60, 30)) * np.logspace(0, -6, 30),
    }
    return np.column_stack([X, more[kind]]), X @ np.arange(8.0) + rng.standard_normal(60)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(
    "kind",
    [
        "nearly equal columns",
        "a small column of one row",
        "a large constant column",
        "columns of many scales",
    ],
)
def test_sparse_rows_keep_the_digits_of_dense_ones(kind, fit_intercept):
    X, y = awkward_columns(kind, np.random.default_rng(1))
    dense = rc.risk_path(X, y, fit_intercept=fit_intercept)
    rows = scipy.sparse.csr_array(X)
    sparse = rc.risk_path(rows, y, times=dense.times, fit_intercept=fit_intercept)
    np.testing.assert_allclose(sparse.risk, dense.risk, rtol=1e-10)
    settings = {"time": np.inf, "fit_intercept": fit_intercept}
    np.testing.assert_allclose(
        rc.GradientFlowRegressor(**settings).fit(rows, y).predict(rows),
        rc.GradientFlowRegressor(**settings).fit(X, y).predict(X),
        atol=1e-7,
    )
