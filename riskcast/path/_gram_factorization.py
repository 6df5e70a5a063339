"""Factorization of a Gram matrix."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast._threads import threads_for
from riskcast.path._factorization import Factorization
from riskcast.path._small_eigenvalues import drop_null, orthonormalize_weak, rounding_share

FloatArray = NDArray[np.float64]

_NEGATIVE_SHARE = 1e-8  # tolerance for negative eigenvalues, relative to the largest one
_LOST = 1e-8  # rounding error of centring that triggers a warning, relative to the largest one
_NOISE = 2.0  # positive eigenvalues up to this times the largest negative one are rounding

_LOST_DIGITS = (
    "kernel: the entries of the Gram matrix are far larger than after centring, so most of their "
    "digits are lost; centre the columns of X before evaluating the kernel, or pass X itself if "
    "the kernel is linear"
)


def factorize_gram(gram: FloatArray, centred: bool) -> Factorization:
    """Factorize a Gram matrix of shape (n_samples, n_samples).

    The data are known through the entries only, so eigenvalues below the rounding error
    of the largest one carry no information and are dropped. So are negative eigenvalues
    explained by rounding of the entries (`gram_rounding`), and positive ones of that size.
    """
    rounding = gram_rounding(gram)
    if (gram != gram.T).any():  # asymmetric by rounding
        gram = 0.5 * (gram + gram.T)
    subtracted = 0.0  # rounding error of the part that centring subtracts
    if centred:
        subtracted = rounding_share(gram.shape) * float(np.abs(gram).max())
        gram = _centred(gram)
    with threads_for(gram.shape):
        eigenvalues, vectors = scipy.linalg.eigh(gram, driver="evd", check_finite=False)
    largest = float(eigenvalues[-1])
    _check_positive(eigenvalues, max(_NEGATIVE_SHARE * largest, rounding, subtracted))
    limit = len(gram) - int(centred)
    noise = -_NOISE * float(eigenvalues[0])  # rounding is symmetric about zero
    floor = max(rounding_share(gram.shape) * max(largest, 0.0), noise, subtracted)
    eigenvalues, vectors = drop_null(
        eigenvalues[-limit:], vectors[:, -limit:], gram.shape, noise=floor
    )
    lost = eigenvalues.size > 0 and subtracted > _LOST * largest
    if centred and eigenvalues.size:  # weak directions mix with the constant, of eigenvalue zero
        vectors = vectors - vectors.mean(axis=0)
        orthonormalize_weak(vectors, eigenvalues)
    return Factorization(
        vectors, eigenvalues, centred, floor, doubts=(_LOST_DIGITS,) if lost else ()
    )


def _centred(gram: FloatArray) -> FloatArray:
    for _ in range(2):  # the second pass removes the rounding error of the means
        means = gram.mean(axis=0)
        gram = gram - means - means[:, None] + means.mean()
    return gram


def _check_positive(eigenvalues: FloatArray, rounding: float) -> None:
    if eigenvalues[0] < -rounding:
        raise ValueError(
            f"kernel: the Gram matrix must be positive semi-definite, got an eigenvalue of "
            f"{eigenvalues[0]:.3g} (the largest is {eigenvalues[-1]:.3g}), which rounding does "
            "not explain; pass a positive semi-definite kernel, computed in double precision"
        )


def gram_rounding(gram: FloatArray) -> float:
    """Bound on the change of a Gram matrix's eigenvalues due to rounding of its entries.

    The spectral norm of an error matrix is at most n times its largest entry (Golub and Van
    Loan, "Matrix Computations", 4th edition, eq. 2.3.8). Entries have an error of about the
    machine epsilon times the largest entry. If all entries are exact in single precision,
    they are assumed to have been computed in it, whatever the type of the array is now.
    """
    with np.errstate(over="ignore"):  # entries that overflow are not single precision
        single = bool((gram == gram.astype(np.float32)).all())
    epsilon = np.finfo(np.float32 if single else np.float64).eps
    return float(epsilon * len(gram) * np.abs(gram).max())
