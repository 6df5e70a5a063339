"""Activations and their derivatives in NumPy and JAX, under the names used in `features`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

FloatArray = NDArray[np.float64]
_Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Activation:
    """An elementwise activation φ, its derivative φ', and the name of φ in JAX.

    Attributes
    ----------
    apply, derivative : callable
        φ and φ' on NumPy arrays.
    in_jax : str
        Name of φ inside JAX, such as "nn.relu"; see `jax_function`.
    """

    apply: _Function
    derivative: _Function
    in_jax: str

    def jax_function(self) -> Callable[[Any], Any]:
        """φ on JAX arrays."""
        import jax

        found: Any = _OWN_JAX_FUNCTIONS.get(self.in_jax)
        if found is None:
            found = jax
            for part in self.in_jax.split("."):
                found = getattr(found, part)
        function: Callable[[Any], Any] = found
        return function


def _normal_density(z: FloatArray) -> FloatArray:
    return np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)


def _exact_gelu(z: Any) -> Any:
    import jax

    return jax.nn.gelu(z, approximate=False)


_OWN_JAX_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "square": lambda z: z * z,
    "quadratic": lambda z: z + 0.5 * z * z,
    "gelu": _exact_gelu,
}

ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        lambda z: np.maximum(z, 0.0), lambda z: (z > 0.0).astype(np.float64), "nn.relu"
    ),
    "leaky-relu": Activation(
        lambda z: np.where(z > 0.0, z, 0.01 * z),
        lambda z: np.where(z > 0.0, 1.0, 0.01),
        "nn.leaky_relu",
    ),
    "identity": Activation(lambda z: z, np.ones_like, "identity"),
    "square": Activation(lambda z: z**2, lambda z: 2.0 * z, "square"),
    "quadratic": Activation(lambda z: z + 0.5 * z**2, lambda z: 1.0 + z, "quadratic"),
    "tanh": Activation(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2, "numpy.tanh"),
    "erf": Activation(
        lambda z: special.erf(z),
        lambda z: 2.0 / np.sqrt(np.pi) * np.exp(-(z**2)),
        "scipy.special.erf",
    ),
    "gelu": Activation(
        lambda z: z * special.ndtr(z), lambda z: special.ndtr(z) + z * _normal_density(z), "gelu"
    ),
    "sin": Activation(np.sin, np.cos, "numpy.sin"),
}
