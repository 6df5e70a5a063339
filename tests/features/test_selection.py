import numpy as np
import pytest

from riskcast.features import NNGP, NTK, select_kernel


def brute_force_best_risk(kernel, X, y, times):
    """Leave-one-out by refitting: centred kernel regression under gradient flow."""
    n, losses = len(y), np.zeros((len(y), len(times)))
    K = kernel(X)
    for i in range(n):
        kept = np.delete(np.arange(n), i)
        A, row = K[np.ix_(kept, kept)], K[i, kept]
        row = row - row.mean() - A.mean(axis=0) + A.mean()
        values, U = np.linalg.eigh(A - A.mean(0) - A.mean(1)[:, None] + A.mean())
        good = values > 1e-10 * values[-1]
        modes = U.T @ (y[kept] - y[kept].mean())
        for j, time in enumerate(times):
            g = np.zeros_like(values)
            g[good] = -np.expm1(-values[good] * time / (n - 1)) / values[good]
            losses[i, j] = (y[i] - y[kept].mean() - row @ U @ (g * modes)) ** 2
    return losses.mean(axis=0).min()


def test_the_lowest_leave_one_out_risk_is_chosen():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 2))
    y = np.abs(X[:, 0]) + 0.1 * rng.standard_normal(40)
    times = np.geomspace(0.1, 1e3, 12)
    kernels = [NTK("relu", d, bias_variance=b) for d in (1, 3) for b in (0.0, 1.0)]
    kernels.append(NNGP("identity", 1))
    chosen = select_kernel(X, y, kernels, times=times)
    expected = [brute_force_best_risk(kernel, X, y, times) for kernel in kernels]
    np.testing.assert_allclose(chosen.risks, expected, rtol=1e-6)
    assert chosen.index == int(np.argmin(expected))
    assert chosen.kernel is kernels[chosen.index]
    assert chosen.risk == chosen.paths[chosen.index].best_risk


def test_names_and_refusals():
    X = np.random.default_rng(0).standard_normal((20, 2))
    y = X[:, 0]
    chosen = select_kernel(X, y, ["ntk:2", "nngp:identity:1"])
    assert chosen.kernels == [NTK("relu", 2), NNGP("identity", 1)]
    assert chosen.index == 1
    with pytest.raises(ValueError, match="at least one kernel"):
        select_kernel(X, y, [])
    with pytest.raises(ValueError, match="kernels='ntk:2': give a list"):
        select_kernel(X, y, "ntk:2")
    with pytest.raises(ValueError, match="is a feature map, not a kernel"):
        select_kernel(X, y, ["random-relu:10"])
    with pytest.raises(TypeError, match="3 is no kernel"):
        select_kernel(X, y, [3])
    with pytest.raises(TypeError, match=r"NTK'> is no kernel: give one such as NTK\("):
        select_kernel(X, y, [NTK])
    with pytest.raises(ValueError, match="kernels=None: give a list"):
        select_kernel(X, y, None)
