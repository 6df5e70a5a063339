"""Representation of kernels; that of scikit-learn shows logarithms of hyperparameters."""

from __future__ import annotations

import inspect
from typing import Any


def in_words(kernel: Any, *always: str) -> str:
    """Constructor call that makes a kernel, without parameters at their defaults.

    Parameters
    ----------
    kernel : object
        Kernel with a method ``get_params``, as in scikit-learn.
    *always : str
        Names of parameters to show even at their defaults.

    Returns
    -------
    str
    """
    given = kernel.get_params(deep=False)
    signature = inspect.signature(type(kernel)).parameters
    shown = [
        f"{name}={given[name]!r}"
        for name, parameter in signature.items()
        if name in always or repr(given[name]) != repr(parameter.default)
    ]
    return f"{type(kernel).__name__}({', '.join(shown)})"
