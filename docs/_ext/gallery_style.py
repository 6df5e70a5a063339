"""How the figures of the examples look, set afresh before each."""

from __future__ import annotations

import textwrap
import warnings
from typing import Any

import matplotlib

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.figsize": (6.4, 4.0),
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "savefig.dpi": 120,
}


def reset(gallery_conf: dict[str, Any], filename: str) -> None:
    """Matplotlib as it comes, with `STYLE`; warnings say what, not in which file of the builder."""
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    matplotlib.rcParams.update(STYLE)
    warnings.formatwarning = _in_words


def _in_words(message: Any, category: type[Warning], *place: Any, **line: Any) -> str:
    return textwrap.fill(f"{category.__name__}: {message}", 84) + "\n"
