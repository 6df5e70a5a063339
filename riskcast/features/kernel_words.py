"""A kernel in words: scikit-learn's own would show logarithms of what can be optimized."""

from __future__ import annotations

import inspect
from typing import Any


def in_words(kernel: Any, *always: str) -> str:
    """The call that makes a kernel, without the parameters that have their defaults.

    Parameters
    ----------
    kernel : object
        With ``get_params``, as scikit-learn's kernels.
    *always : str
        Parameters that are shown even so.

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
