"""Factorization of a Gram matrix, whose entries are all that is known of the rows."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast.path.factorization import Factorization
from riskcast.path.small_eigenvalues import drop_null, orthonormalize_weak, rounding_share
from riskcast.path.threads import threads_for

FloatArray = NDArray[np.float64]

_NEGATIVE_SHARE = 1e-8  # of the largest eigenvalue, that kernels in double precision stay within
_LOST = 1e-8  # of the largest eigenvalue: rounding of a centred Gram matrix that is worth a warning
_NOISE = 2.0  # times the most negative eigenvalue: what rounding gives to the positive ones

_LOST_DIGITS = (
    "kernel: the entries of the Gram matrix are far larger than what centring leaves of them, so "
    "that most of their digits are lost; centre the columns of X before the kernel is evaluated, "
    "or pass X itself where the kernel is linear"
)


def factorize_gram(gram: FloatArray, centred: bool) -> Factorization:
    """Factorize a Gram matrix of shape (n_samples, n_samples).

    Its entries are all there is, so eigenvalues below rounding of the largest
    one carry no information and are dropped; so are negative ones that rounding
    of the entries explains (`gram_rounding`), and positive ones of their size.
    """
    rounding = gram_rounding(gram)
    if (gram != gram.T).any():  # in rounding
        gram = 0.5 * (gram + gram.T)
    subtracted = 0.0  # rounding of what centring takes away
    if centred:
        subtracted = rounding_share(gram.shape) * float(np.abs(gram).max())
        gram = _centred(gram)
    with threads_for(gram.shape):
        eigenvalues, vectors = scipy.linalg.eigh(gram, driver="evd", check_finite=False)
    largest = float(eigenvalues[-1])
    _check_positive(eigenvalues, max(_NEGATIVE_SHARE * largest, rounding, subtracted))
    limit = len(gram) - int(centred)
    noise = -_NOISE * float(eigenvalues[0])  # spread evenly about zero
    floor = max(rounding_share(gram.shape) * max(largest, 0.0), noise, subtracted)
    eigenvalues, vectors = drop_null(
        eigenvalues[-limit:], vectors[:, -limit:], gram.shape, noise=floor
    )
    lost = eigenvalues.size > 0 and subtracted > _LOST * largest
    if centred and eigenvalues.size:  # weak ones mix with the constant, whose eigenvalue is zero
        vectors = vectors - vectors.mean(axis=0)
        orthonormalize_weak(vectors, eigenvalues)
    return Factorization(
        vectors, eigenvalues, centred, floor, doubts=(_LOST_DIGITS,) if lost else ()
    )


def _centred(gram: FloatArray) -> FloatArray:
    for _ in range(2):  # the means err by rounding too, alike in all rows
        means = gram.mean(axis=0)
        gram = gram - means - means[:, None] + means.mean()
    return gram


def _check_positive(eigenvalues: FloatArray, rounding: float) -> None:
    if eigenvalues[0] < -rounding:
        raise ValueError(
            f"kernel: the Gram matrix must be positive semi-definite, got an eigenvalue of "
            f"{eigenvalues[0]:.3g} beside a largest one of {eigenvalues[-1]:.3g}, more than "
            "rounding explains; pass a positive semi-definite kernel, computed in double precision"
        )


def gram_rounding(gram: FloatArray) -> float:
    """How far rounding of its entries may move a Gram matrix's eigenvalues.

    The spectral norm of an error is at most n times its largest entry (Golub and Van
    Loan, "Matrix Computations", 4th edition, eq. 2.3.8); entries err by about the
    machine epsilon times the largest of them. Entries that single precision holds
    exactly were computed in it, whatever the array's type is now.
    """
    with np.errstate(over="ignore"):  # what overflows there was not computed in it
        single = bool((gram == gram.astype(np.float32)).all())
    epsilon = np.finfo(np.float32 if single else np.float64).eps
    return float(epsilon * len(gram) * np.abs(gram).max())
