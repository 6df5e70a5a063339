"""Brute force: train again without each row or group, one fold at a time.

Nothing here comes from riskcast but the description of a rule. Flow and ridge
train by an SVD of the fold, rules that move in steps by taking their steps in
weight space.
"""

import numpy as np

import riskcast as rc

NULL = 1e-11  # singular values below this share of the largest are zero


def refit_predictions(X, y, filter, fit_intercept=True, groups=None):
    """Held-out predictions of every row at every moment, shape (n, T, outputs)."""
    n_samples = len(X)
    Y = np.asarray(y, dtype=float).reshape(n_samples, -1)
    groups = np.arange(n_samples) if groups is None else np.asarray(groups)
    predictions = np.empty((n_samples, len(filter), Y.shape[1]))
    for group in np.unique(groups):
        out = groups == group
        mean = X[~out].mean(axis=0) if fit_intercept else np.zeros(X.shape[1])
        level = Y[~out].mean(axis=0) if fit_intercept else np.zeros(Y.shape[1])
        weights = train(X[~out] - mean, Y[~out] - level, filter)
        predictions[out] = level + np.einsum("ip,tpo->ito", X[out] - mean, weights)
    return predictions


def train(X, Y, filter):
    """Weights (T, p, outputs) of a rule on the rows it is given, from zero."""
    if isinstance(filter, rc.GradientFlow | rc.Ridge):
        return by_svd(X, Y, filter)
    return by_steps(X, Y, filter)


def by_svd(X, Y, filter):
    n_samples = len(X)
    left, scales, right = np.linalg.svd(X, full_matrices=False)
    kept = scales > NULL * scales[0] if scales[0] > 0 else scales > 0
    left, scales, right = left[:, kept], scales[kept], right[kept]
    curvature = scales**2
    weights = []
    for moment in range(len(filter)):
        if isinstance(filter, rc.Ridge):
            share = curvature / (curvature + filter.penalties[moment])
        else:
            decay = n_samples * filter.weight_decay
            time = filter.times(n_samples)[moment]
            share = -np.expm1(-time * (curvature + decay) / n_samples)
            share = share * curvature / (curvature + decay)
        weights.append(right.T @ ((share / scales)[:, None] * (left.T @ Y)))
    return np.stack(weights)


def by_steps(X, Y, filter):
    n_samples = len(X)
    now = np.zeros((X.shape[1], Y.shape[1]))
    before = now
    weights = []

    def slope(w):
        return X.T @ (X @ w - Y) / n_samples + filter.weight_decay * w

    for step in range(int(filter.steps[-1]) + 1):
        if step in filter.steps:
            weights.append(now)
        if isinstance(filter, rc.HeavyBall):
            following = now - filter.learning_rate * slope(now) + filter.momentum * (now - before)
        elif isinstance(filter, rc.Nesterov):
            momentum = step / (step + 3) if filter.momentum is None else filter.momentum
            ahead = now + momentum * (now - before)
            following = ahead - filter.learning_rate * slope(ahead)
        else:
            following = now - filter.learning_rate * slope(now)
        now, before = following, now
    return np.stack(weights)


def fold_conditions(X, fit_intercept, groups=None):
    """Largest condition number, null directions aside, of X and of every fold."""
    groups = np.arange(len(X)) if groups is None else np.asarray(groups)
    worst = 1.0
    for group in [None, *np.unique(groups)]:
        rows = X[groups != group] if group is not None else X
        rows = rows - rows.mean(axis=0) if fit_intercept else rows
        scales = np.linalg.svd(rows, compute_uv=False)
        scales = scales[scales > NULL * scales[0]] if scales[0] > 0 else np.ones(1)
        worst = max(worst, scales[0] / scales[-1])
    return worst
