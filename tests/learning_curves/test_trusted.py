"""Which points are part of the descent."""

from __future__ import annotations

import numpy as np

from riskcast.learning_curves.subsampling._measure import Measurement
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.learning_curves.subsampling._trusted import descent


def seen(risk, gain=None, error=0.02):
    risk = np.array(risk, dtype=float)
    gain = np.full(len(risk), np.nan) if gain is None else np.array(gain, dtype=float)
    points = ObservedPoints(10.0 * 2 ** np.arange(len(risk)), risk, error**2 * np.eye(len(risk)))
    return Measurement(points, gain, np.full(len(risk), error))


def first(measurement):
    kept = descent(measurement)
    assert (np.diff(kept.astype(int)) >= 0).all()
    return int(np.argmax(kept))


def test_a_plain_descent_is_kept_whole():
    assert first(seen([1.0, 0.8, 0.7, 0.6, 0.55, 0.5])) == 0


def test_a_noisy_rise_is_no_peak():
    assert first(seen([1.0, 1.04, 0.7, 0.6, 0.55, 0.5])) == 0


def test_a_peak_and_all_before_it_are_left_out():
    assert first(seen([0.9, 1.5, 5.0, 0.8, 0.6, 0.5, 0.45])) == 3


def test_at_least_four_points_stay():
    assert first(seen([0.9, 0.8, 0.7, 1.5, 5.0, 0.5])) == 2


def test_a_plateau_before_learning_is_left_out():
    risk = [1.0, 1.0, 1.0, 0.6, 0.5, 0.4, 0.35]
    assert first(seen(risk, gain=[0.0, 0.001, 0.0, 0.4, 0.5, 0.6, 0.65])) == 3
    assert first(seen(risk)) == 0  # nothing known of the untrained model
