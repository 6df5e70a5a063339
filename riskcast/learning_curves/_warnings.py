"""Warnings about a forecast."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.subsampling._measure import Measurement
from riskcast.learning_curves.subsampling._row_losses import drift, heavy_tails
from riskcast.learning_curves.subsampling._trusted import peak_index

FloatArray = NDArray[np.float64]

DoubtKind = Literal[
    "warned by the path",
    "few rows",
    "no clear gain",
    "failed sizes",
    "peak",
    "heavy tails",
    "order",
]

FEW_ROWS = 50
CLEAR_GAIN = 2.0  # standard errors


class Doubt(str):
    """Warning about a forecast: a string with a `kind`.

    Parameters
    ----------
    text : str
        The warning.
    kind : str
        Kind of the warning. "warned by the path" marks the warnings of `risk_path`.

    Attributes
    ----------
    kind : str

    Examples
    --------
    >>> from riskcast.learning_curves._warnings import Doubt
    >>> doubt = Doubt("only 30 rows", "few rows")
    >>> doubt, doubt.kind
    ('only 30 rows', 'few rows')
    """

    kind: DoubtKind

    def __new__(cls, text: str, kind: DoubtKind) -> Self:
        doubt = super().__new__(cls, text)
        doubt.kind = kind
        return doubt

    def __getnewargs__(self) -> tuple[str, DoubtKind]:  # type: ignore[override]
        return str(self), self.kind


def doubts_about(measurement: Measurement, n_rows: int, is_classes: bool) -> list[Doubt]:
    """Warnings about a forecast, one sentence each; may be empty."""
    found: list[Doubt] = []

    def doubt(kind: DoubtKind, text: str) -> None:
        found.append(Doubt(text, kind))

    points = measurement.points
    if n_rows < FEW_ROWS:
        doubt(
            "few rows",
            f"only {n_rows} rows: below {FEW_ROWS} the intervals are rough; treat them as orders "
            "of magnitude",
        )
    gain, error = float(measurement.gain[-1]), float(measurement.gain_error[-1])
    if not np.isnan(gain) and gain < CLEAR_GAIN * error:
        doubt(
            "no clear gain",
            "the model is not clearly better than the untrained one (the mean, or the most "
            f"frequent class): the risk reduction is {gain:.3g} with a standard error of "
            f"{error:.3g}; the features may not predict the target, and more rows may not "
            "help",
        )
    if measurement.failed:
        doubt(
            "failed sizes",
            "training or scoring failed at these sizes, which are not used: "
            + "; ".join(measurement.failed),
        )
    peak = peak_index(points)
    if peak:
        doubt(
            "peak",
            f"the curve is not decreasing: the risk rises up to {points.sizes[peak]:.0f} rows; "
            "only the points beyond that size are used for the forecast",
        )
    losses = measurement.losses[~np.isnan(measurement.losses)]
    return found + ([] if is_classes else _tails(losses)) + _order(losses)


def _tails(losses: FloatArray) -> list[Doubt]:
    tails = heavy_tails(losses)
    if tails is None:
        return []
    rows = "the largest error makes" if tails.rows == 1 else f"the {tails.rows} largest errors make"
    text = (
        f"heavy tails: {rows} up {100 * tails.share:.0f} % of the risk at the largest size; "
        "another sample may give a very different curve, so the intervals are probably too "
        "narrow"
    )
    return [Doubt(text, "heavy tails")]


def _order(losses: FloatArray) -> list[Doubt]:
    correlation = drift(losses)
    if not correlation:
        return []
    more = "larger" if correlation > 0.0 else "smaller"
    text = (
        f"errors are {more} further down the table (rank correlation {correlation:.2f}): unless "
        "this is due to the sorting of the rows, the data drift; the forecast is for more rows "
        "like all of these, not like the last ones"
    )
    return [Doubt(text, "order")]
