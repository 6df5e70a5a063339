"""Make kernels and feature maps from short names, as used on the command line."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.kernel_approximation import Nystroem, RBFSampler

from riskcast._validation import seed

from .activations.registry import ACTIVATIONS
from .random_features import RandomFeatures
from .wide_network_kernels import NNGP, NTK

_KERNELS = {"ntk": NTK, "nngp": NNGP}
_DEFAULT_ACTIVATION = "relu"


_MOST_LAYERS = 1000  # far beyond the depth at which kernels have converged


def from_name(name: str, *, random_state: Any = None) -> Any:
    """Make a kernel or a transformer from its name.

    The grammar::

        ntk:DEPTH                 ntk:3            NTK of a ReLU network
        ntk:ACTIVATION:DEPTH      ntk:erf:4        NTK, another activation
        nngp:DEPTH                nngp:2           NNGP of a ReLU network
        nngp:ACTIVATION:DEPTH     nngp:relu:2      NNGP, another activation
        random-ACTIVATION:WIDTH   random-relu:1000 RandomFeatures
        random-fourier:WIDTH      random-fourier:500  scikit-learn's RBFSampler, gamma="scale"
        nystroem:WIDTH            nystroem:300     scikit-learn's Nystroem

    ACTIVATION is one of relu, leaky-relu, abs, identity, erf, gelu, sin, cos,
    tanh. DEPTH is the number of hidden layers, from 1 to 1000. WIDTH is the number
    of features, at least 1. Other parameters have the defaults of the classes.

    Parameters
    ----------
    name : str
        Name that follows the grammar.
    random_state : int, RandomState, Generator or None, default=None
        Seed for the transformers; kernels ignore it.

    Returns
    -------
    NTK, NNGP, or an unfitted transformer

    Raises
    ------
    ValueError
        If the name does not follow the grammar; the message lists the valid forms.

    Examples
    --------
    >>> from riskcast.features import from_name
    >>> from_name("ntk:erf:4").depth
    4
    >>> from_name("random-relu:1000").n_components
    1000
    """
    if isinstance(random_state, np.random.Generator):  # not supported by scikit-learn
        random_state = seed(random_state)
    parts = name.split(":") if isinstance(name, str) else []
    if len(parts) not in (2, 3):
        raise _wrong(name, "it needs a family and a number")
    family, number = parts[0], _positive(name, parts[-1])
    if family in _KERNELS:
        activation = parts[1] if len(parts) == 3 else _DEFAULT_ACTIVATION
        if activation not in ACTIVATIONS:
            raise _wrong(name, f"there is no activation {activation!r}")
        if number > _MOST_LAYERS:
            raise _wrong(name, f"DEPTH is at most {_MOST_LAYERS:,}")
        return _KERNELS[family](activation, depth=number)
    if len(parts) == 3:
        raise _wrong(name, f"{family!r} takes a number alone")
    if family == "nystroem":
        return Nystroem(n_components=number, random_state=random_state)
    if family == "random-fourier":
        return RBFSampler(gamma="scale", n_components=number, random_state=random_state)
    activation = family.removeprefix("random-")
    if family.startswith("random-") and activation in ACTIVATIONS:
        return RandomFeatures(number, activation=activation, random_state=random_state)
    raise _wrong(name, f"there is no family {family!r}")


def _positive(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise _wrong(name, f"{text!r} is not a whole number of at least 1")
    return int(text)


def _wrong(name: Any, what: str) -> ValueError:
    activations = ", ".join(ACTIVATIONS)
    return ValueError(
        f"features={name!r}: {what}. Give ntk:DEPTH, ntk:ACTIVATION:DEPTH, nngp:DEPTH, "
        "nngp:ACTIVATION:DEPTH, random-ACTIVATION:WIDTH, random-fourier:WIDTH or "
        f"nystroem:WIDTH, with ACTIVATION one of {activations}; for example ntk:3, nngp:erf:2, "
        "random-relu:1000."
    )
