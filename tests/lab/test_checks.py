"""Settings at the door of the laboratory: what is refused, and what is kept."""

import numpy as np
import pytest

from riskcast import lab


@pytest.mark.parametrize("given", [1.0, -0.1, np.nan, np.inf])
def test_a_momentum_is_below_one(given):
    message = r"^momentum: got .*; give a number >= 0 and < 1$"
    for call in (
        lambda: lab.BatchNormalization(momentum=given),
        lambda: lab.Training(rule="gradient_descent", momentum=given),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert lab.BatchNormalization(momentum=0.99999999).momentum == 0.99999999


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (lambda: lab.BatchNormalization(ghost_size=10.0), ["ghost_size"]),
        (lambda: lab.FullyConnected(width=8.0, depth=2.0), ["width", "depth"]),
        (
            lambda: lab.Training(rule="sgd", steps=9.0, batch_size=4.0, n_records=3.0),
            ["steps", "batch_size", "n_records"],
        ),
        (lambda: lab.TeacherStudent(5.0, n_train=20.0), ["inputs", "n_train"]),
        (lambda: lab.GivenData.digits(n_train=100.0, n_test=50.0), ["n_train", "n_test"]),
        (lambda: lab.ModularArithmetic(modulus=7.0), ["modulus"]),
        (lambda: lab.SparseParity(6.0, n_train=9, degree=2.0), ["n_inputs", "degree"]),
        (lambda: lab.XORClusters(6.0, n_train=9, distance=2.0), ["n_inputs"]),
        (lambda: lab.FirstRows(lab.TeacherStudent(5, n_train=20), count=4.0), ["count"]),
        (lambda: lab.SameData(lab.TeacherStudent(5, n_train=20), data_seed=4.0), ["data_seed"]),
    ],
)
def test_settings_that_count_are_kept_as_integers(made, names):
    settings = made()
    for name in names:
        assert type(getattr(settings, name)) is int
