"""Gram matrices of single precision: what its rounding explains is accepted, and no more."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

import riskcast as rc

# Few columns, far from the origin: rounding is that of large entries, whose centred part is small.
RNG = np.random.default_rng(3)
ROWS = (RNG.standard_normal((200, 6)) + 4.0).astype(np.float32)
Y = ROWS @ np.arange(6.0) + RNG.standard_normal(200)


def unsymmetric(A, B):
    """Sums in another order on both sides of the diagonal, as a graphics card may do."""
    return np.einsum("ij,kj->ik", A, B[:, ::-1][:, ::-1]) * (1 + 1e-7 * np.tri(len(A)))


GRAMS = {
    "products": ROWS @ ROWS.T,
    "already cast": (ROWS @ ROWS.T).astype(np.float64),
    "cosines": cosine_similarity(ROWS),
    "unsymmetric": unsymmetric(ROWS, ROWS).astype(np.float32),
}


@pytest.mark.parametrize("name", GRAMS)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_single_precision_gives_what_double_gives(name, fit_intercept):
    gram = GRAMS[name]
    exact = ROWS.astype(np.float64)
    exact = cosine_similarity(exact) if name == "cosines" else exact @ exact.T
    arguments = {"kernel": "precomputed", "fit_intercept": fit_intercept}
    path = rc.risk_path(gram, Y, **arguments)
    truth = rc.risk_path(exact, Y, times=path.times, **arguments)
    assert len(path.eigenvalues) == len(truth.eigenvalues) == 6  # no direction of rounding
    np.testing.assert_allclose(path.risk, truth.risk, rtol=2e-3)


def test_the_estimator_takes_it_too():
    gram = GRAMS["products"]
    model = rc.GradientFlowRegressor(kernel="precomputed").fit(gram, Y)
    exact = rc.GradientFlowRegressor().fit(ROWS.astype(np.float64), Y)
    np.testing.assert_allclose(
        model.predict(gram), exact.predict(ROWS.astype(np.float64)), atol=0.02
    )


def nearly_definite(negative):
    vectors = np.linalg.qr(RNG.standard_normal((200, 200)))[0]
    gram = vectors * np.append(np.linspace(0.5, 1.0, 199), negative) @ vectors.T
    return 0.5 * (gram + gram.T)


def asked(gram):
    return rc.risk_path(gram, Y, kernel="precomputed", fit_intercept=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_truly_indefinite_matrix_is_refused(dtype):
    # Single precision explains 200 times 1.2e-7 of the largest entry, which is below 1 here.
    with pytest.raises(ValueError, match=r"kernel: .*semi-definite.*-0.0001 .*double precision"):
        asked(nearly_definite(-1e-4).astype(dtype))


def test_double_precision_is_held_to_its_own_digits():
    gram = nearly_definite(-1e-6)
    path = asked(gram.astype(np.float32))  # may be rounding
    assert len(path.eigenvalues) == 199
    with pytest.raises(ValueError, match="semi-definite"):
        asked(gram)


def test_huge_entries_are_no_single_precision():
    with np.errstate(all="raise"):
        path = rc.risk_path(1e60 * (ROWS.astype(np.float64) @ ROWS.T), Y, kernel="precomputed")
    assert np.isfinite(path.risk).all()
