"""Theory beside the network: kernels and populations against what was trained."""

import numpy as np
import pytest

import riskcast as rc
from riskcast import lab

FLOW = {"rule": "gradient_flow", "n_records": 15}


@pytest.mark.parametrize("settings", [
    {"last_time": 1e4},
    {"last_time": 1e4, "weight_decay": 1e-3},
    {"rule": "gradient_descent", "steps": 3000, "learning_rate": 0.5, "relative": True},
])  # fmt: skip
def test_a_readout_follows_the_risk_path_of_its_features(settings):
    task = lab.TeacherStudent(20, n_train=120, snr=1.0, n_test=1000)
    student = lab.FullyConnected(width=60, trained="readout")
    found = lab.predict(task, student, seed=range(30), **{**FLOW, **settings})
    assert found.kernel == "features"
    assert np.abs(found.deviations()).max() < 3.5
    assert found.trained.mean(axis=0).max() > 1.1 * found.trained.mean(axis=0).min()


def test_a_readout_that_starts_off_zero_is_followed_too():
    task = lab.TeacherStudent(20, n_train=120, snr=1.0, n_test=1000)
    student = lab.FullyConnected(width=60, trained="readout", readout_scale=1.0)
    found = lab.predict(task, student, seed=range(30), **FLOW, last_time=1e3)
    assert np.abs(found.deviations()).max() < 3.5


@pytest.mark.parametrize("parametrization", ["standard", "ntk"])
@pytest.mark.parametrize("n_train", [20, 120])
@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_a_linear_student_follows_the_theory_of_its_population(parametrization, n_train):
    population = rc.Population.power_law(60, 0.7, 0.5, snr=2.0)
    task = lab.TeacherStudent(population, n_train=n_train, teacher="linear", n_test=1000)
    student = lab.FullyConnected(depth=0, parametrization=parametrization, init_scale=0.7)
    found = lab.predict(task, student, seed=range(60), **FLOW, last_time=100.0)
    assert np.abs(found.deviations("population")).max() < 3.5
    assert np.abs(found.deviations("kernel")).max() < 4.0
    plain = rc.theory.risk_curve(population, n_train, rc.GradientFlow(found.times)).risk
    assert not np.allclose(plain, found.from_population, rtol=0.05)  # the start matters


def test_steps_with_decay_follow_the_theory():
    task = lab.TeacherStudent(40, n_train=100, teacher="linear", snr=1.0, n_test=1000)
    student = lab.FullyConnected(depth=0, parametrization="ntk", init_scale=0.0)
    options = {"steps": 400, "n_records": 10, "weight_decay": 0.01, "learning_rate": 2.0}
    found = lab.predict(task, student, seed=range(40), **options)
    assert np.abs(found.deviations("population")).max() < 3.5
    assert np.abs(found.deviations("kernel")).max() < 3.5


def test_a_wide_network_follows_its_tangent_kernel():
    task = lab.TeacherStudent(10, n_train=40, snr=2.0, n_test=500)
    student = lab.FullyConnected(width=2000)
    options = {"steps": 300, "n_records": 6, "learning_rate": 0.5, "relative": True}
    found = lab.predict(task, student, seed=range(8), **options)
    assert found.kernel == "tangent kernel before training"
    gap = found.trained.mean(axis=0) / found.from_kernel.mean(axis=0)
    assert np.abs(gap - 1.0).max() < 0.15
    assert found.trained[:, 0].mean() > 1.3 * found.trained[:, -1].mean()


def test_classes_are_predicted_by_their_squared_error():
    task = lab.GivenData.digits(n_train=150, n_test=500)
    student = lab.FullyConnected(width=60, trained="readout")
    found = lab.predict(task, student, seed=range(8), **FLOW, last_time=1e3)
    assert found.trained[0, 0] == pytest.approx(0.1)  # ten one-hot outputs, nothing learned
    assert np.abs(found.deviations()[1:]).max() < 3.5


@pytest.mark.parametrize(
    ("student", "settings", "word"),
    [
        ({}, {"rule": "adam"}, "Adam"),
        ({}, {"weight_decay": 0.1}, "weight_decay"),
        ({"trained": "readout", "readout_scale": 1.0}, {"weight_decay": 0.1}, "readout_scale=0"),
        ({"trained": "readout"}, {"loss": "softmax"}, "squared"),
        ({}, {}, "outputs"),
    ],
)
def test_what_no_kernel_follows_is_refused(student, settings, word):
    task = lab.GivenData.digits(n_train=20, n_test=20)
    with pytest.raises(ValueError, match=word):
        lab.predict(task, lab.FullyConnected(width=4, **student), **settings)


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_one_call_draws_points_and_lines():
    task = lab.TeacherStudent(10, n_train=30, teacher="linear", snr=1.0, n_test=50)
    student = lab.FullyConnected(depth=0, parametrization="standard", init_scale=0.0)
    found = lab.predict(task, student, seed=[0, 1], **FLOW, last_time=10.0)
    ax = found.plot()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["leave-one-out, features", "population", "trained"]
    assert ax.get_xlabel() == "training time"
    assert "squared" in ax.get_ylabel()
    assert found.run.plot().get_xscale() == "log"
    alone = lab.predict(task, student, **FLOW, last_time=10.0)
    with pytest.raises(ValueError, match="several"):
        alone.deviations()
