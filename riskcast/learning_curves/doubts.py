"""Reasons not to trust a forecast, in words."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.measure import Measurement
from riskcast.learning_curves.row_losses import drift, heavy_tails
from riskcast.learning_curves.trusted import peak_index

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
    """A reason not to trust a forecast, in words, of a kind by which it is told from others.

    Parameters
    ----------
    text : str
        What is doubtful, and what to make of it.
    kind : str
        "warned by the path" is what `risk_path` warned of.

    Attributes
    ----------
    kind : str

    Examples
    --------
    >>> from riskcast.learning_curves.doubts import Doubt
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
    """What makes this forecast doubtful, one sentence each; empty if nothing does."""
    found: list[Doubt] = []

    def doubt(kind: DoubtKind, text: str) -> None:
        found.append(Doubt(text, kind))

    points = measurement.points
    if n_rows < FEW_ROWS:
        doubt(
            "few rows",
            f"only {n_rows} rows: below {FEW_ROWS} the intervals are rough; read them as an order "
            "of magnitude",
        )
    gain, error = float(measurement.gain[-1]), float(measurement.gain_error[-1])
    if not np.isnan(gain) and gain < CLEAR_GAIN * error:
        doubt(
            "no clear gain",
            "the model does not clearly beat the untrained one (the mean, or the most frequent "
            f"class): it gains {gain:.3g} with a standard error of "
            f"{error:.3g}; the targets look random to it, and more rows may not "
            "help",
        )
    if measurement.failed:
        doubt(
            "failed sizes",
            "training or scoring failed at these sizes, left out here: "
            + "; ".join(measurement.failed),
        )
    peak = peak_index(points)
    if peak:
        doubt(
            "peak",
            f"the curve is not decreasing: the risk rises up to {points.sizes[peak]:.0f} rows; "
            "what comes before that is left out, and the forecast rests on the points after it",
        )
    losses = measurement.losses[~np.isnan(measurement.losses)]
    return found + ([] if is_classes else _tails(losses)) + _order(losses)


def _tails(losses: FloatArray) -> list[Doubt]:
    tails = heavy_tails(losses)
    if tails is None:
        return []
    rows = "the row missed most makes" if tails.rows == 1 else f"{tails.rows} rows make"
    text = (
        f"heavy tails: {rows} up {100 * tails.share:.0f} % of the risk at the largest size; "
        "other rows of the same kind may give quite another curve, so read the intervals as "
        "too narrow"
    )
    return [Doubt(text, "heavy tails")]


def _order(losses: FloatArray) -> list[Doubt]:
    correlation = drift(losses)
    if not correlation:
        return []
    more = "more" if correlation > 0.0 else "less"
    text = (
        f"rows further down are missed {more} (rank correlation {correlation:.2f}): unless that is "
        "only how the rows were sorted, they drift, and the forecast is of more rows like all of "
        "these, not like the last ones"
    )
    return [Doubt(text, "order")]
