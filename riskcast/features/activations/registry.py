"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .base import Activation
from .error_function import Erf
from .gaussian_error_linear import GELU
from .quadrature import Quadrature
from .rectified import Identity, LeakyReLU, ReLU
from .sinusoids import Cosine, Sine

# One object for all kernels: it keeps the tables it fills.
_TANH = Quadrature(np.tanh)

ACTIVATIONS: dict[str, Callable[[], Activation]] = {
    "relu": ReLU,
    "leaky-relu": LeakyReLU,
    "abs": lambda: LeakyReLU(slope=-1.0),
    "identity": Identity,
    "erf": Erf,
    "gelu": GELU,
    "sin": Sine,
    "cos": Cosine,
    "tanh": lambda: _TANH,
}


def as_activation(activation: Any) -> Activation:
    """Turn a name, an activation or a plain callable into an activation.

    Parameters
    ----------
    activation : str, Activation or callable
        One of the names in ``ACTIVATIONS``; an :class:`Activation`; or any
        function of an array, which goes through :class:`Quadrature`.

    Returns
    -------
    Activation

    Raises
    ------
    ValueError
        If the name is not known.
    TypeError
        If it is none of the three.

    Examples
    --------
    >>> from riskcast.features import as_activation
    >>> as_activation("relu")
    ReLU()
    """
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation={activation!r} is not known: give one of "
                f"{', '.join(map(repr, ACTIVATIONS))}, or the function itself."
            )
        return ACTIVATIONS[activation]()
    if activation is np.tanh:
        return _TANH
    if callable(activation):
        return Quadrature(activation)
    raise TypeError(
        f"activation={activation!r}: give a name ({', '.join(map(repr, ACTIVATIONS))}), "
        "an activation object such as LeakyReLU(0.1), or a function of an array."
    )
