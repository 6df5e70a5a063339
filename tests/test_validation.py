"""Input validation: each error names the argument, what was given and what is wanted."""

from fractions import Fraction

import numpy as np
import pytest

from riskcast import _validation as checks
from riskcast import theory
from riskcast.filters import GradientFlow, HeavyBall, Ridge
from riskcast.spectra import MarchenkoPastur, Population, Spectrum
from riskcast.theory._deep_linear import deep_linear_risk_curve, mode_strength


@pytest.mark.parametrize("given", [np.nan, np.inf, -1, 0, 2.5, "five", None, True, [3]])
def test_a_count_is_a_whole_number(given):
    with pytest.raises((ValueError, TypeError), match=r"^rows: got .*; give a"):
        checks.count(given, "rows")


@pytest.mark.parametrize("given", [3, 3.0, np.int8(3), np.float32(3)])
def test_whole_numbers_of_any_type_are_counts(given):
    found = checks.count(given, "rows")
    assert found == 3
    assert type(found) is int


@pytest.mark.parametrize("given", [np.nan, np.inf, -1e-300, "one", None, [1.0]])
def test_a_number_is_finite_and_not_negative(given):
    with pytest.raises((ValueError, TypeError), match=r"^noise: got .*; give a"):
        checks.number(given, "noise")


def test_bounds_are_allowed_and_what_is_beyond_is_not():
    assert checks.number(1, "share", most=1.0) == 1.0
    with pytest.raises(ValueError, match=r"^share: got 1.1; give a finite number from 0 to 1$"):
        checks.number(1.1, "share", most=1.0)
    assert checks.positive(np.inf, "snr") == np.inf
    for given in (0.0, np.inf):
        with pytest.raises(ValueError, match=r"^load: got "):
            checks.positive_finite(given, "load")


@pytest.mark.parametrize("given", [10**400, -(10**400), 10**5000, Fraction(10**400)], ids=type)
@pytest.mark.parametrize("check", [checks.number, checks.positive, checks.count, checks.below_one])
def test_numbers_beyond_floating_point_are_refused_in_few_words(check, given):
    with pytest.raises(ValueError, match=r"^rows: got .{1,70}; give a number up to 1\.8e\+308 in"):
        check(given, "rows")


@pytest.mark.parametrize("given", [10**400, [1, 10**400], [[10**5000, 1]]], ids=type)
def test_arrays_of_numbers_beyond_floating_point_are_refused(given):
    with pytest.raises(
        ValueError, match=r"^X: got .{1,70}; give numbers up to 1\.8e\+308 in size$"
    ):
        checks.numbers(given, "X")
    with pytest.raises(TypeError, match=r"^X: got .{1,70}; give numbers$"):
        checks.numbers([{}, 10**5000], "X")


@pytest.mark.parametrize("given", [1.0, -0.1, np.nan, np.inf])
def test_what_stays_below_one_says_so(given):
    with pytest.raises(ValueError, match=r"^momentum: got .*; give a number >= 0 and < 1$"):
        HeavyBall(0.1, given, [1, 2])
    assert checks.below_one(0.99999999, "momentum") == 0.99999999


def test_counts_given_as_floats_do_as_integers_do():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((60, 3)), rng.standard_normal(60)
    found, same = (Population.from_data(X, y, n_blocks=count) for count in (5.0, 5))
    assert len(found.replicates) == 5
    assert found.noise_standard_error == same.noise_standard_error
    assert theory.linear_equivalent(np.tanh, n_nodes=40.0) == theory.linear_equivalent(
        np.tanh, n_nodes=40
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1.0, np.inf], [1.0]), "input_variance: got inf; give positive, finite numbers"),
        (([1.0, -2.0], [1.0]), "input_variance: got -2; give positive, finite numbers"),
        (([1.0], [3.0, np.nan]), "correlation: got nan; give finite numbers"),
        (([1.0, 2.0], [1.0] * 3), "correlation: got 3 for 2 modes; give one for each, or for all"),
    ],
)
def test_a_mode_that_is_wrong_is_the_one_that_is_named(given, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        mode_strength([0.0, 1.0], *given, 2, 0.1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0, 1.0], "do not increase"),
        ([2.0, 1.0], "do not increase"),
        ([np.inf, np.inf], "do not increase"),
        ([1.0, np.nan], "got nan"),
        ([-1.0, 2.0], "got -1"),
        ([0.0, 1e-300], "got 1e-300; give zero, or"),
        ([0.0, 1e300], r"got 1e\+300"),
        ([], r"got shape \(0,\)"),
        ([[1.0, 2.0]], r"got shape \(1, 2\)"),
        ("soon", "got 'soon'; give numbers"),
    ],
)
def test_times_increase(given, message):
    with pytest.raises(ValueError, match=f"^times: {message}"):
        checks.increasing(given, "times")


def test_infinity_ends_times_unless_they_are_finite():
    np.testing.assert_array_equal(checks.increasing([0, 1, np.inf], "times"), [0, 1, np.inf])
    with pytest.raises(ValueError, match=r"^times: got inf; give finite"):
        checks.increasing([0, 1, np.inf], "times", finite=True)


POPULATION = Population.isotropic(10, 2.0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Population(["a"], [1.0], 0.1), "eigenvalues"),
        (lambda: Population([1.0], ["a"], 0.1), "coefficients"),
        (lambda: Population([1.0], [1.0], None), "noise_variance"),
        (lambda: Population.isotropic(np.nan, 1.0), "n_features"),
        (lambda: Population.spiked(5, [], 1.0), "spikes"),
        (lambda: Population.spiked(5, [[1.0, 2.0]], 1.0), "spikes"),
        (lambda: Population.spiked(5, [np.inf], 1.0), "spikes"),
        (lambda: Population.block(3, [1.0], 1.0), "sizes"),
        (lambda: Population.block([2, 2], [1.0, 0.0], 1.0, [0.0, 1.0]), "signal_shares"),
        (lambda: Population.block([2, 2], [1.0, 2.0], 1.0, [np.nan, 1.0]), "signal_shares"),
        (lambda: Spectrum([1.0, 2.0]).effective_regularization([1.0], 0), "n_samples"),
        (lambda: Spectrum([1.0, 2.0]).effective_regularization([-1.0], 3), "penalties"),
        (lambda: MarchenkoPastur("much"), "load"),
        (lambda: theory.risk_curve(POPULATION, np.inf, None), "n_samples"),
        (lambda: theory.final_risk("much", 1.0), "load"),
        (lambda: theory.learning_time(1.0, np.inf, 2, 0.1), "correlation"),
        (lambda: mode_strength([0.0, 1.0], [1.0], [np.nan], 2, 0.1), "correlation"),
        (lambda: mode_strength([0.0, 1.0], [1.0, 2.0], [1.0] * 3, 2, 0.1), "correlation"),
        (lambda: mode_strength([], [1.0], [1.0], 2, 0.1), "times"),
        (lambda: theory.hermite_coefficients(np.tanh, -1), "degree"),
        (lambda: theory.linear_complexity(np.ones((20, 2)), 1.0, n_draws=0), "n_draws"),
        (lambda: theory.conditioned_complexity(np.zeros((3, 2)), [1.0] * 3), "activations"),
        (lambda: theory.conditioned_complexity(np.ones((3, 2)), [1.0, 2.0, np.nan]), "targets"),
        (lambda: theory.phase_diagram(POPULATION, [0.5], [], None), "snrs"),
        (lambda: theory.observed_part(POPULATION, [False] * 10), "observed"),
        (lambda: theory.phase_diagram(POPULATION, [0.5], [[1.0, 2.0]], None), "snrs"),
        (lambda: Population.from_data(np.eye(30), np.ones(30)), "y"),
        (lambda: Population.from_data(np.eye(30)[:, :1], np.arange(30.0)), "X"),
        (lambda: Population.from_data(1e160 * np.eye(30), np.arange(30.0)), "X"),
        (lambda: Population.from_data(np.eye(30), np.arange(30.0), n_blocks="few"), "n_blocks"),
    ],
)
def test_theory_and_populations_name_what_is_wrong(call, name):
    with pytest.raises((ValueError, TypeError), match=f"^{name}: "):
        call()


def test_a_deep_network_can_be_asked_at_its_start_alone():
    np.testing.assert_allclose(mode_strength([0.0], [1.0], [1.0], 3, 0.2), [[0.2]], rtol=1e-12)
    curve = deep_linear_risk_curve(2.0, 4.0, [0.0], depth=2, init_power=0.5)
    np.testing.assert_allclose(curve.risk, [0.25 + 1.0 + 0.5], rtol=1e-9)


MASKED = np.ma.MaskedArray([1.0, 2.0, 1e9], mask=[False, False, True])
DAYS = np.array(["2024-02-20", "2024-02-21", "2024-02-22"], dtype="datetime64[D]")
NO_NUMBERS = {
    "masked": (MASKED, "1 of its entries are masked"),
    "masked integers": (MASKED.astype(int), "1 of its entries are masked"),
    "list with a masked entry": ([1.0, 2.0, np.ma.masked], "1 of its entries are masked"),
    "days": (DAYS, "holds dates or durations"),
    "durations": (DAYS - DAYS[0], "holds dates or durations"),
    "list of dates": (DAYS.tolist(), "holds dates or durations"),
}


@pytest.mark.parametrize(("given", "message"), NO_NUMBERS.values(), ids=NO_NUMBERS)
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda v: checks.numbers(v, "values"), "values"),
        (lambda v: Spectrum(v), "eigenvalues"),
        (lambda v: Population(v, [1.0] * 3, 0.1), "eigenvalues"),
        (lambda v: Population([1.0] * 3, v, 0.1), "coefficients"),
        (lambda v: Spectrum([1.0, 2.0]).effective_regularization(v, 5), "penalties"),
        (lambda v: MarchenkoPastur(2.0).density(v), "values"),
        (lambda v: GradientFlow(v), "times"),
        (lambda v: Ridge(v), "penalties"),
        (lambda v: theory.linear_complexity([v], 1.0), "X"),
    ],
)
def test_what_is_no_number_is_refused_by_theory_too(call, name, given, message):
    with pytest.raises(ValueError, match=f"^{name}: {message}"):
        call(given)


@pytest.mark.parametrize("given", [DAYS[0], DAYS[1] - DAYS[0], DAYS[0].item(), np.ma.masked])
@pytest.mark.parametrize("check", [checks.number, checks.positive, checks.count, checks.below_one])
def test_a_date_or_a_masked_entry_is_no_number(check, given):
    with pytest.raises(TypeError, match=r"^rows: got .*; give a number"):
        check(given, "rows")


def test_masked_eigenvalues_are_no_shares():
    for filter in (GradientFlow([1.0]), Ridge([1.0]), HeavyBall(0.1, 0.5, [1, 2])):
        with pytest.raises(ValueError, match=r"^eigenvalues: 1 of its entries are masked"):
            filter.shrinkage(MASKED, 10)


def test_a_mask_that_hides_nothing_is_no_mask():
    open_mask = np.ma.MaskedArray([1.0, 2.0], mask=[False, False])
    np.testing.assert_array_equal(checks.numbers(open_mask, "values"), [1.0, 2.0])
    assert type(checks.numbers(open_mask, "values")) is np.ndarray
