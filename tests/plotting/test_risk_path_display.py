"""The figure of a risk path shows the path it was given, where it was told to."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

import riskcast as rc

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 55))
Y = X[:, :5].sum(axis=1) + RNG.standard_normal(60)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def line(axes, label):
    return next(found for found in axes.get_lines() if found.get_label() == label)


def visible_share(axes, values):
    low, high = axes.get_ylim()
    return np.mean((values >= low) & (values <= high))


def test_it_draws_on_the_axes_it_is_given_and_says_where():
    figure, (untouched, axes) = plt.subplots(1, 2)
    display = rc.risk_path(X, Y).plot(axes)
    assert display.ax_ is axes
    assert display.figure_ is figure
    assert not untouched.get_lines()
    assert plt.get_fignums() == [figure.number]


def test_without_axes_it_makes_a_figure():
    display = rc.risk_path(X, Y).plot()
    assert display.figure_.axes == [display.ax_]


def test_lines_are_the_path():
    path = rc.risk_path(X, Y)
    axes = path.plot().ax_
    drawn = line(axes, "test (leave-one-out)")
    np.testing.assert_array_equal(drawn.get_ydata(), path.risk)
    np.testing.assert_array_equal(drawn.get_xdata()[:-1], path.times[:-1])
    np.testing.assert_array_equal(line(axes, "train").get_ydata(), path.train_risk)
    assert set(line(axes, "untrained").get_ydata()) == {path.untrained_risk}
    best = line(axes, "best time")
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (path.best_time, path.best_risk)
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == (path.risk + path.standard_error).max()


def test_infinite_time_is_drawn_last_and_finite():
    path = rc.risk_path(X, Y)
    times = line(path.plot().ax_, "train").get_xdata()
    assert np.isfinite(times).all()
    assert times[-1] > times[-2]
    alone = rc.risk_path(X, Y, times=[np.inf]).plot()
    alone.figure_.canvas.draw()


def test_axes_say_what_they_show():
    axes = rc.risk_path(X, Y).plot().ax_
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "training time t"
    assert axes.get_ylabel() == "risk (mean squared error)"
    classes = rc.risk_path(X, Y > 0, scoring="error_rate").plot().ax_
    assert classes.get_ylabel() == "error rate"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "test (leave-one-out)",
        "train",
        "untrained",
        "best time",
    ]


def test_a_peak_of_overtraining_does_not_flatten_the_rest():
    path = rc.risk_path(X, Y)
    assert path.risk.max() > 5 * path.untrained_risk
    axes = path.plot().ax_
    low, high = axes.get_ylim()
    assert low == 0.0
    assert path.untrained_risk < high < 0.7 * path.risk.max()


def test_a_score_whose_risk_is_negative_stays_in_view():
    path = rc.risk_path(X, Y, scoring="r2")
    assert path.best_risk < 0 < path.risk.max()
    axes = path.plot().ax_
    assert visible_share(axes, path.risk) == 1.0
    assert visible_share(axes, path.train_risk) == 1.0
