"""Tasks: what they draw, and whether their oracles are right."""

import numpy as np
import pytest

import riskcast as rc
from riskcast import lab

MANY = 200_000
EXPECTED_INPUTS = [
    [0.10296768001436127, -0.9805271710302613],
    [-0.8174783249223175, -1.027881871299033],
]
EXPECTED_WEIGHTS = [[-0.09475262912443741, -0.5096154638931465]]


@pytest.mark.parametrize("kind", ["linear", "relu", "tanh", "erf"])
def test_teachers_are_centred_and_of_variance_one(kind):
    population = rc.Population.power_law(8, 1.0, 0.5, snr=1.0)
    inputs = 6 if kind == "linear" else population
    for seed in (0, 1):
        task = lab.TeacherStudent(
            inputs, n_train=1, teacher=kind, teacher_width=4, teacher_scale=1.5, n_test=MANY
        )
        signal = task.draw(seed).test_signal
        assert abs(signal.mean()) < 0.015
        assert signal.var() == pytest.approx(1.0, abs=0.03)


def test_noise_has_the_variance_of_the_oracle():
    task = lab.TeacherStudent(5, n_train=MANY, snr=4.0, n_test=MANY)
    draw = task.draw(3)
    noise = draw.y_test - draw.test_signal
    assert task.oracle_error == draw.noise_variance == 0.25
    assert noise.var() == pytest.approx(0.25, rel=0.02)
    assert draw.y_train.var() == pytest.approx(1.25, rel=0.02)


def test_a_linear_teacher_of_a_population_is_the_population():
    population = rc.Population([4.0, 1.0, 0.25], [1.0, -2.0, 3.0], noise_variance=0.5)
    draw = lab.TeacherStudent(population, n_train=MANY, teacher="linear", n_test=1).draw(0)
    np.testing.assert_allclose(draw.X_train.var(axis=0), population.eigenvalues, rtol=0.03)
    found = np.linalg.lstsq(draw.X_train, draw.y_train, rcond=None)[0]
    np.testing.assert_allclose(found, population.coefficients, atol=0.03)
    assert draw.noise_variance == 0.5
    assert draw.signal_variance == population.signal_variance
    other = lab.TeacherStudent(population, n_train=5, teacher="linear", snr=2.0)
    assert other.oracle_error == population.signal_variance / 2.0
    assert other.population.noise_variance == other.oracle_error


def test_a_seed_gives_the_same_data_and_another_gives_others():
    task = lab.TeacherStudent(7, n_train=11, snr=1.0, n_test=13)
    first, again, other = task.draw(5), task.draw(5), task.draw(6)
    for name in ("X_train", "y_train", "X_test", "y_test"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))


def test_random_numbers_are_those_of_every_machine():
    """Numbers written down once: a change would make stored sweeps unrepeatable."""
    draw = lab.TeacherStudent(2, n_train=2, teacher="linear", n_test=1).draw(0)
    np.testing.assert_allclose(draw.X_train, EXPECTED_INPUTS, rtol=1e-12)
    weights = lab.FullyConnected(width=2).network(0, n_inputs=1).weights[0]
    np.testing.assert_allclose(weights, EXPECTED_WEIGHTS, rtol=1e-12)


def test_more_rows_leave_the_teacher_and_the_test_as_they_were():
    small = lab.TeacherStudent(4, n_train=5, n_test=6).draw(0)
    large = lab.TeacherStudent(4, n_train=50, n_test=6).draw(0)
    np.testing.assert_array_equal(small.X_test, large.X_test)
    np.testing.assert_array_equal(small.test_signal, large.test_signal)
    np.testing.assert_array_equal(small.X_train, large.X_train[:5])


def test_flips_come_at_their_rate_and_spare_the_test():
    task = lab.TeacherStudent(5, n_train=20_000, classify=True, flip_rate=0.2, n_test=20_000)
    draw = task.draw(0)
    assert draw.flipped.mean() == pytest.approx(0.2, abs=0.015)
    clean = lab.TeacherStudent(5, n_train=20_000, classify=True, n_test=20_000).draw(0)
    np.testing.assert_array_equal(draw.flipped, draw.y_train != clean.y_train)
    np.testing.assert_array_equal(draw.y_test, clean.y_test)
    assert task.oracle_error == 0.0


def test_flipped_digits_never_keep_their_class():
    draw = lab.GivenData.digits(n_train=1000, flip_rate=1.0).draw(0)
    clean = lab.GivenData.digits(n_train=1000).draw(0)
    assert (draw.y_train != clean.y_train).all()
    assert len(np.unique((draw.y_train - clean.y_train) % 10)) == 9
    assert len(draw.X_test) == 797
    rows = {row.tobytes() for row in draw.X_train}
    assert sum(row.tobytes() in rows for row in draw.X_test) <= 1  # digits repeat at most once


def test_xor_oracle_is_the_error_of_the_density_rule():
    task = lab.XORClusters(4, n_train=1, distance=1.7, deviation=0.9, n_test=MANY)
    draw = task.draw(0)
    centres = np.zeros((4, 4))
    centres[[0, 1], 0] = 1.7, -1.7
    centres[[2, 3], 1] = 1.7, -1.7
    squares = ((draw.X_test[:, None, :] - centres) ** 2).sum(axis=2)
    density = np.exp(-squares / (2 * 0.9**2))
    guess = density[:, :2].sum(axis=1) > density[:, 2:].sum(axis=1)
    error = np.mean(guess != (draw.y_test == 1))
    assert task.oracle_error == pytest.approx(error, abs=0.005)
    linear = np.linalg.lstsq(draw.X_test, 2.0 * draw.y_test - 1.0, rcond=None)[0]
    assert np.mean((draw.X_test @ linear > 0) == draw.y_test) == pytest.approx(0.5, abs=0.02)


def test_rows_in_their_span_are_the_same_rows_turned():
    """Inner products of training rows, and of these with test rows, in distribution."""
    found = {}
    for in_span in (False, True):
        task = lab.XORClusters(
            30, n_train=4, distance=2.0, deviation=1.5, n_test=3, in_span=in_span
        )
        noise, across = [], []
        for seed in range(3000):
            draw = task.draw(seed)
            assert draw.n_inputs == (6 if in_span else 30)
            noise.append(draw.X_train[:, 2:] @ draw.X_train[:, 2:].T)
            across.append(draw.X_train @ draw.X_test.T)
        found[in_span] = np.array(noise), np.array(across)
    for turned, whole in zip(found[True], found[False], strict=True):
        error = 6.0 * whole.std(axis=0) / np.sqrt(3000)
        assert (np.abs(turned.mean(axis=0) - whole.mean(axis=0)) < error).all()
        np.testing.assert_allclose(turned.std(axis=0), whole.std(axis=0), rtol=0.12)


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply"])
def test_modular_arithmetic_covers_all_pairs_once(operation):
    task = lab.ModularArithmetic(7, train_share=0.4, operation=operation)
    draw = task.draw(1)
    X = np.vstack([draw.X_train, draw.X_test])
    pairs = np.stack([X[:, :7].argmax(axis=1), X[:, 7:].argmax(axis=1)])
    assert len(set(map(tuple, pairs.T))) == 49
    answer = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}[operation](*pairs)
    np.testing.assert_array_equal(np.concatenate([draw.y_train, draw.y_test]), answer % 7)
    assert len(draw.X_train) == task.n_train == 19


def test_parity_is_the_product_of_the_first_signs():
    draw = lab.SparseParity(6, n_train=100, degree=3).draw(0)
    assert set(np.unique(draw.X_train)) == {-1.0, 1.0}
    np.testing.assert_array_equal(draw.y_train, draw.X_train[:, :3].prod(axis=1) > 0)


def test_mnist_is_read_and_standardized():
    draw = lab.GivenData.mnist(n_train=500).draw(0)
    assert draw.X_train.shape == (500, 784)
    assert len(draw.X_test) == 4500
    whole = np.vstack([draw.X_train, draw.X_test])
    assert np.abs(whole.mean(axis=0)).max() < 1e-12
    assert np.mean(whole**2) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: lab.TeacherStudent(0, n_train=5), "inputs"),
        (lambda: lab.TeacherStudent(5, n_train=2.5), "n_train"),
        (lambda: lab.TeacherStudent(5, n_train=5, teacher="cubic"), "teacher"),
        (lambda: lab.TeacherStudent(5, n_train=5, snr=0.0), "snr"),
        (lambda: lab.TeacherStudent(5, n_train=5, flip_rate=0.1), "classify"),
        (lambda: lab.TeacherStudent(5, n_train=5).draw(-1), "seed"),
        (lambda: lab.XORClusters(1, n_train=5, distance=1.0), "n_inputs"),
        (lambda: lab.XORClusters(3, n_train=5, distance=1.0, flip_rate=2.0), "flip_rate"),
        (lambda: lab.XORClusters(6, n_train=5, distance=1.0, in_span=True), "in_span"),
        (lambda: lab.SparseParity(3, n_train=5, degree=4), "degree"),
        (lambda: lab.ModularArithmetic(5, train_share=1.0), "train_share"),
        (lambda: lab.ModularArithmetic(5, operation="power"), "operation"),
        (lambda: lab.GivenData([[1.0], [2.0]], [1.0, 2.0], n_train=2), "n_train"),
        (lambda: lab.GivenData([[1.0], [np.nan]], [1.0, 2.0], n_train=1), "X"),
        (lambda: lab.GivenData([[1.0], [2.0]], [1.0], n_train=1), "y"),
        (lambda: lab.GivenData([[1.0], [2.0]], [1, 1], n_train=1, classify=True), "one class"),
    ],
)
def test_impossible_tasks_are_refused_with_what_to_do(make, word):
    with pytest.raises(ValueError, match=word):
        make()


@pytest.mark.parametrize("given", ["X", "y"])
def test_given_data_refuse_masks_and_dates_and_keep_what_they_were_given(given):
    rng = np.random.default_rng(0)
    data = {"X": rng.standard_normal((12, 2)), "y": rng.standard_normal(12)}
    masked = np.ma.MaskedArray(data[given], mask=data[given] == data[given].max())
    with pytest.raises(ValueError, match=rf"^{given}: 1 of its entries are masked"):
        lab.GivenData(**{**data, given: masked}, n_train=8)
    days = (1e3 * data[given]).astype(int).astype("datetime64[D]")
    with pytest.raises(ValueError, match=rf"^{given}: holds dates"):
        lab.GivenData(**{**data, given: days}, n_train=8)
    task = lab.GivenData(**data, n_train=8)
    data[given][:] = 7.0
    again = lab.GivenData(**{**data, given: getattr(task, given)}, n_train=8).draw(0)
    np.testing.assert_array_equal(task.draw(0).X_train, again.X_train)
    np.testing.assert_array_equal(task.draw(0).y_train, again.y_train)
    assert not (getattr(task, given) == 7.0).any()


def test_given_labels_are_not_merged():
    labels = [2**60 + k % 2 if k % 3 else -1 for k in range(12)]
    task = lab.GivenData(np.random.default_rng(0).standard_normal((12, 2)), labels, 8, True)
    assert task.n_classes == 3
