"""Conversion of results to JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np


def json_text(value: Any) -> str:
    """Return nested values as JSON text.

    JSON has no infinity and no NaN: infinite numbers become the strings "Infinity"
    and "-Infinity" (which ``float`` and JavaScript's ``Number`` can parse), and NaN becomes
    null.

    Examples
    --------
    >>> print(json_text({"times": np.array([1.0, np.inf]), "risk": math.nan}))
    {
      "times": [
        1.0,
        "Infinity"
      ],
      "risk": null
    }
    """
    return json.dumps(_plain(value), indent=2, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
