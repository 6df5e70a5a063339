"""Select a kernel, including depth and scale, by leave-one-out risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import FloatArray
from .names import from_name


@dataclass(frozen=True)
class KernelSelection:
    """Result of `select_kernel`: the kernel of lowest leave-one-out risk.

    Attributes
    ----------
    kernel : callable
        The chosen kernel.
    risk : float
        Its leave-one-out risk at its best time. As the minimum over candidates, it is
        slightly optimistic.
    index : int
        Index of the chosen kernel among the candidates.
    kernels : list of callables
        The candidates.
    risks : ndarray of shape (n_kernels,)
        Lowest leave-one-out risk along the path of each candidate.
    paths : list of RiskPath
        Risk path of each candidate.
    """

    kernel: Any
    risk: float
    index: int
    kernels: list[Any]
    risks: FloatArray
    paths: list[Any]


def select_kernel(X: Any, y: Any, kernels: Sequence[Any], **path_options: Any) -> KernelSelection:
    """Select the kernel and training time of lowest leave-one-out risk.

    Each candidate costs one Gram matrix and one factorization of it.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Inputs.
    y : array-like of shape (n_samples,) or (n_samples, outputs)
        Targets.
    kernels : sequence
        Candidates: kernels of this subpackage, names such as "ntk:3", any
        other scikit-learn kernel object, or callables (A, B) → Gram matrix.
    **path_options
        Keyword arguments of :func:`riskcast.risk_path`, for example `scoring`,
        `groups` or `filter`.

    Returns
    -------
    KernelSelection

    Raises
    ------
    ValueError
        If there is no candidate, or a name is not that of a kernel.
    TypeError
        If a candidate cannot be called.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.features import NTK, select_kernel
    >>> X = np.random.default_rng(0).standard_normal((60, 3))
    >>> y = np.sign(X[:, 0] * X[:, 1])
    >>> names = ["nngp:identity:1", "ntk:relu:2"]
    >>> chosen = select_kernel(X, y, names, scoring="squared_error")
    >>> chosen.kernel.activation, chosen.kernel.depth
    ('relu', 2)
    """
    from riskcast.path import risk_path

    if isinstance(kernels, str) or not np.iterable(kernels) or not len(kernels):
        raise ValueError(
            f"kernels={kernels!r}: give a list with at least one kernel, as in ['ntk:1', 'ntk:3']."
        )
    candidates = [_as_kernel(kernel) for kernel in kernels]
    paths = [risk_path(X, y, kernel=kernel, **path_options) for kernel in candidates]
    risks = np.array([path.best_risk for path in paths])
    index = int(np.argmin(risks))
    return KernelSelection(candidates[index], float(risks[index]), index, candidates, risks, paths)


def _as_kernel(kernel: Any) -> Any:
    made = from_name(kernel) if isinstance(kernel, str) else kernel
    if isinstance(kernel, str) and not callable(made):
        raise ValueError(
            f"{kernel!r} is a feature map, not a kernel: put it into a pipeline in front of a "
            "linear model, or give a kernel such as 'ntk:3'."
        )
    if not callable(made) or isinstance(made, type):
        raise TypeError(
            f"{made!r} is no kernel: give one such as NTK('relu', 3), its name, or a "
            "function (A, B) that returns the Gram matrix."
        )
    return made
