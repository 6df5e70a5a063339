"""Damaged files, named on the standard error stream."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from riskcast._files import DamagedFileWarning
from riskcast._printable import printable


@contextlib.contextmanager
def damage_in_one_line() -> Iterator[None]:
    """Name damaged files one line each, without the place in the code that found them."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
            if issubclass(category, DamagedFileWarning):
                print(f"riskcast: warning: {printable(str(message))}", file=sys.stderr)
            else:
                usual(message, category, *rest)

        warnings.showwarning = show  # type: ignore[assignment]
        warnings.simplefilter("always", DamagedFileWarning)
        yield
