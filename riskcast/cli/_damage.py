"""Report damaged files on standard error."""

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
    """Report each damaged file in one line, without a source location."""
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
