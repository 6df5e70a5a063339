"""Settings in which overtraining was seen, at a scale for tests.

The full scale is `benchmarks/lab_settings.py`.
"""

import numpy as np
import pytest

from riskcast import lab
from riskcast.lab.observables import Snapshot, hidden_spectrum, marchenko_pastur_fit

FLOW = {"rule": "gradient_flow", "progress": False}


def ratios(data):
    """Final over best of the mean test error along the width."""
    mean = data.test_error.mean("seed")
    return (mean.isel(record=-1) / mean.min("record")).values


@pytest.fixture(scope="module")
def readouts():
    """ReLU teacher of 30 units, 50 inputs, 300 samples, snr 1."""
    task = lab.TeacherStudent(50, n_train=300, snr=1.0, n_test=1000)
    student = lab.FullyConnected(trained="readout")
    widths = {"width": [75, 150, 225, 300, 375, 600, 1500]}
    return lab.sweep(task, student, widths, seeds=5, last_time=1e5, n_records=30, **FLOW)


def test_readouts_overtrain_most_where_units_are_samples(readouts):
    found = ratios(readouts)
    np.testing.assert_allclose(found[:6], [1.2, 1.75, 3.0, 3.6, 3.3, 2.0], rtol=0.15)
    assert found.argmax() == 3
    assert found[-1] < 1.6


def test_the_peak_of_readouts_grows_with_time(readouts):
    times = readouts.times.values[0, 0]
    mean = readouts.test_error.mean("seed").values
    heights = [
        (mean[:, times <= last][:, -1] / mean[:, times <= last].min(axis=1)).max()
        for last in (1e3, 1e4, 1.01e5)
    ]
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] > 2 * heights[1]


def test_well_stopped_readouts_improve_with_width(readouts):
    best = readouts.test_error.mean("seed").min("record").values - 1.0
    assert best[0] == pytest.approx(0.69, rel=0.1)
    assert best[3] == pytest.approx(0.5, rel=0.15)
    assert (np.diff(best) < 0.02).all()  # in trend


@pytest.mark.slow
def test_whole_networks_overtrain_most_where_weights_are_one_to_two_times_the_samples():
    task = lab.TeacherStudent(15, n_train=150, snr=1.0, n_test=1000)
    data = lab.sweep(
        task, lab.FullyConnected(), {"width": [2, 13, 100]}, seeds=4, progress=False,
        steps=6000, n_records=25, learning_rate=0.5, relative=True,
    )  # fmt: skip
    found = ratios(data)
    np.testing.assert_array_equal(data.n_parameters, [32, 208, 1600])
    assert found.argmax() == 1
    assert found[1] > 1.25 * found[2] > 1.25
    assert found[0] < 1.2


@pytest.mark.parametrize(
    ("width", "gap", "zeros"), [(100, True, 0.0), (300, False, 0.0), (600, True, 0.5)]
)
def test_the_hidden_spectrum_has_its_gap_and_atom(width, gap, zeros):
    task = lab.TeacherStudent(50, n_train=300, snr=1.0, n_test=1)
    draw = task.draw(0)
    network = lab.FullyConnected(width=width, trained="readout").network(0, 50)
    values = hidden_spectrum(Snapshot(network, network, draw, draw.y_train[:, None], 0.0))
    assert (values == 0.0).mean() == zeros
    positive = values[values > 0.0]
    assert (positive[0] > 0.03 * np.median(positive)) == gap
    fit = marchenko_pastur_fit(values, 300, n_large=51, share=0.5)
    assert fit.distance < 0.06


def test_frozen_shares_are_exact_and_only_few_samples_remember_the_start():
    student = lab.FullyConnected(depth=0, parametrization="standard")
    final = {}
    for load in (0.25, 2.0):
        task = lab.TeacherStudent(200, n_train=int(200 * load), teacher="linear", snr=5.0)
        data = lab.sweep(
            task, student, {"init_scale": [0.0, 1.0, 2.0]}, seeds=6, last_time=1e6, n_records=1,
            observables=["frozen_share"], **FLOW,
        )  # fmt: skip
        assert (data.frozen_share == max(0.0, 1.0 - load)).all()
        final[load] = data.test_error.isel(record=-1).mean("seed").values - 0.2
    np.testing.assert_allclose(final[0.25], [0.82, 1.57, 3.82], rtol=0.1)
    np.testing.assert_allclose(final[2.0], 0.2, rtol=0.15)
    assert np.ptp(final[2.0]) < 1e-6


def test_readouts_of_noisy_digits_are_worst_where_units_are_samples():
    task = lab.GivenData.digits(n_train=300, flip_rate=0.2, n_test=600)
    student = lab.FullyConnected(trained="readout")
    data = lab.sweep(
        task, student, {"width": [75, 300, 1500]}, seeds=4, last_time=1e10, n_records=12, **FLOW
    )
    final = data.test_error.isel(record=-1).mean("seed").values
    assert final[0] == pytest.approx(0.17, abs=0.05)
    assert final[1] > 0.7  # 0.55 at 1e6, 0.87 at 1e10
    assert final[2] == pytest.approx(0.24, abs=0.07)
