"""The standard error of a mean, in one place, against SciPy."""

import re
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from riskcast import lab
from riskcast._statistics import error_of_mean, standard_error
from riskcast.assessment import _comparison as comparison
from riskcast.lab.figures import best_and_final, draw_prediction
from riskcast.lab.prediction import Prediction
from riskcast.path._scoring import RiskAccumulator
from riskcast.studies import mean_and_error

matplotlib.use("Agg")
NUMBERS = st.floats(-1e6, 1e6)
TABLES = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 9), st.integers(1, 4)), elements=NUMBERS
)


@given(TABLES, st.sampled_from([0, 1]))
def test_it_is_the_one_of_scipy(table, axis):
    if table.shape[axis] > 1:
        expected = stats.sem(table, axis=axis)
        np.testing.assert_allclose(standard_error(table, axis), expected, rtol=1e-9, atol=1e-9)


@given(TABLES, st.randoms())
def test_it_leaves_out_nan_only_when_told(table, random):
    table[random.randrange(len(table)), 0] = np.nan
    assert np.isnan(standard_error(table)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = stats.sem(table, nan_policy="omit")
    found = standard_error(table, omit_nan=True)
    several = (~np.isnan(table)).sum(axis=0) > 1
    np.testing.assert_allclose(found[several], np.asarray(expected)[several], rtol=1e-9, atol=1e-9)


def test_one_value_has_no_error_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(standard_error([3.0]))
        assert np.isnan(standard_error([[np.nan], [3.0]], omit_nan=True)).all()
        assert np.isnan(standard_error(np.empty((0, 2)))).all()
        assert np.isnan(error_of_mean(0.0, 1))
        assert np.isnan(comparison.standard_error(np.ones(3), np.zeros(3, int)))


def error_bars(found):
    """Half lengths of the error bars that a figure of a prediction shows."""
    ax = draw_prediction(found)
    bars = ax.containers[0].lines[2][0].get_segments()
    matplotlib.pyplot.close(ax.figure)
    return np.array([0.5 * (b[1, 1] - b[0, 1]) if len(b) == 2 else np.nan for b in bars])


def test_the_figure_of_a_prediction_has_the_errors_of_its_deviations():
    rng = np.random.default_rng(0)
    times = np.array([0.0, 1.0, 2.0, 4.0])
    trained, kernel = rng.random((2, 5, 4))
    bars = error_bars(Prediction(None, times, trained, kernel, "ntk", None))
    np.testing.assert_allclose(bars, stats.sem(trained)[1:], rtol=1e-12)
    found = Prediction(None, times, trained, kernel, "ntk", None)
    differences = trained - kernel
    expected = differences.mean(axis=0) / stats.sem(differences)
    np.testing.assert_allclose(found.deviations(), expected, rtol=1e-12)


def test_the_figure_of_a_single_seed_has_no_error_bars():
    trained = np.random.default_rng(0).random((1, 3))
    bars = error_bars(Prediction(None, np.array([1.0, 2.0, 4.0]), trained, trained, "ntk", None))
    assert np.isnan(bars).all()


def test_runs_sweeps_studies_and_risks_use_it():
    values = np.random.default_rng(0).random((6, 3))
    np.testing.assert_allclose(mean_and_error(values)[1], stats.sem(values), rtol=1e-12)
    (_, best), (_, final) = best_and_final(np.stack([values, values[::-1]]))
    place = values.mean(axis=0).argmin()
    np.testing.assert_allclose(best, stats.sem(values)[place], rtol=1e-12)
    np.testing.assert_allclose(final, stats.sem(values)[-1], rtol=1e-12)
    column = values[:, 0]
    assert comparison.standard_error(column) == pytest.approx(stats.sem(column), rel=1e-12)
    total = RiskAccumulator(3, grouped=False)
    for block in (values[:2], values[2:]):
        total.add(block)
    np.testing.assert_allclose(total.standard_error(), stats.sem(values), rtol=1e-12)
    single = RiskAccumulator(3, grouped=False)
    single.add(values[:1])
    assert np.isnan(single.standard_error()).all()


def test_a_trajectory_of_seeds_uses_it():
    task = lab.TeacherStudent(5, n_train=10, teacher="linear", snr=2.0)
    student = lab.FullyConnected(depth=0, parametrization="standard")
    run = lab.train(task, student, seed=range(4), rule="gradient_flow", last_time=5.0)
    np.testing.assert_allclose(run.standard_error(), stats.sem(run.test_error), rtol=1e-9)
    one = lab.train(task, student, seed=0, rule="gradient_flow", last_time=5.0)
    assert np.isnan(one.standard_error()).all()


def test_no_other_file_divides_a_deviation_by_the_root_of_a_count():
    root = Path(__file__).parents[1]
    pattern = re.compile(r"(std|nanstd)\([^\n]*\)\s*/\s*(np|math)\.sqrt\(")
    files = [p for folder in ("riskcast", "benchmarks") for p in (root / folder).rglob("*.py")]
    assert [p.name for p in files if pattern.search(p.read_text(encoding="utf-8"))] == []
