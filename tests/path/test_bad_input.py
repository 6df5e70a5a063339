"""Bad input gets one clear message that names the argument; odd but good input works."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import riskcast as rc

RNG = np.random.default_rng(0)
X = RNG.standard_normal((20, 4))
Y = X @ np.arange(4.0) + RNG.standard_normal(20)
LABELS = np.where(Y > 0, "yes", "no")
DAYS = pd.date_range("2024-02-20", periods=20)
TORN = pd.Series([*LABELS[1:], pd.NA], dtype="string")
MIXED = np.array([1, "b"] * 10, dtype=object)


def spoiled(value):
    rows = X.copy()
    rows[3, 2] = value
    return rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": spoiled(np.nan)}, "X.*NaN"),
        ({"X": spoiled(np.inf)}, "X contains infinity.*SimpleImputer"),
        ({"X": X[:, :0]}, "X.*feature"),
        ({"X": X[:0], "y": Y[:0]}, "X: got 0 row"),
        ({"X": X[:1], "y": Y[:1]}, "X: got 1 row"),
        ({"X": Y}, "X.*2D"),
        ({"X": np.ones((20, 3))}, "X: all columns are constant"),
        ({"X": pd.DataFrame({"city": ["a", "b"] * 10})}, "X: contains text"),
        ({"X": DAYS.to_frame()}, "X: holds dates or durations.*encode them"),
        ({"X": DAYS.tz_localize("UTC").to_frame().assign(x=Y)}, "X: holds dates"),
        ({"X": DAYS.to_numpy()[:, None]}, "X: holds dates"),
        ({"X": (DAYS - DAYS[0]).to_numpy()[:, None]}, "X: holds dates or durations"),
        ({"y": np.full(20, 3.0)}, "y: is constant"),
        ({"y": Y[:-1]}, "y: has 19 entries but X has 20"),
        ({"y": np.append(Y[:-1], np.nan)}, "y.*NaN"),
        ({"y": LABELS, "scoring": "squared_error"}, "y: must be numeric.*scoring='error_rate'"),
        ({"y": LABELS[:, None].repeat(2, 1), "scoring": "error_rate"}, r"y: .*shape \(n,\)"),
        ({"y": np.full(20, "a"), "scoring": "error_rate"}, "y: contains a single class"),
        ({"scoring": "error_rate"}, "y: .*continuous"),
        ({"scoring": "nonsense"}, "scoring: 'nonsense' is unknown"),
        ({"kernel": "nonsense"}, "kernel: 'nonsense' is unknown"),
        ({"kernel": 3}, "kernel: must be"),
        ({"kernel": "precomputed"}, r"kernel: .*\(20, 20\), got \(20, 4\)"),
        ({"kernel": lambda a, b: a @ np.diag([1, 2, 3, -4]) @ b.T}, "kernel: .*semi-definite"),
        ({"kernel": lambda a, b: a @ np.roll(b, 1, axis=1).T}, "kernel: .*not symmetric"),
        ({"kernel": lambda a, b: np.full((20, 20), np.nan)}, "kernel: .*NaN"),
        ({"groups": np.zeros(20)}, "groups: all rows are in one group"),
        ({"groups": np.arange(7)}, "groups: has 7 entries"),
        ({"times": [1.0, 1.0]}, "times: do not increase"),
        ({"times": [-1.0]}, "times: got -1; give numbers >= 0"),
        ({"times": []}, "times: .*non-empty"),
        ({"weight_decay": -1.0}, "weight_decay: got -1"),
        ({"filter": "nonsense"}, "filter: 'nonsense' is not a known name"),
        ({"filter": rc.GradientFlow([1.0]), "times": [1.0]}, "times: a filter object has"),
        ({"filter": rc.GradientDescent(1e9, [100])}, "learning_rate: .*diverge"),
    ],
)
def test_one_clear_message(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        rc.risk_path(**{"X": X, "y": Y, **arguments})


def test_a_filter_that_is_not_analytic_is_refused():
    with pytest.raises(TypeError, match=r"filter: PrincipalComponents .* not analytic"):
        rc.risk_path(X, Y, filter=rc.PrincipalComponents([1, 2]))


def test_rows_that_repeat_warn_unless_their_group_keeps_them_together():
    rows = np.vstack([X, X[:3]])
    targets = np.append(Y, Y[:3])
    with pytest.warns(UserWarning, match=r"X: 3 row\(s\) repeat"):
        rc.risk_path(rows, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rc.risk_path(rows, targets, groups=np.append(np.arange(20), [0, 1, 2]))
        rc.risk_path(X, Y)


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame(X, columns=list("abcd")),
        X.tolist(),
        np.asfortranarray(X),
        X.astype(np.float32).astype(object),
        scipy.sparse.csr_array(X),
        scipy.sparse.csc_matrix(X),
    ],
    ids=["frame", "list", "fortran", "object", "csr", "csc"],
)
def test_rows_in_any_form_are_taken(rows):
    risk = rc.risk_path(rows, Y, times=[0.1, 10.0]).risk
    np.testing.assert_allclose(risk, rc.risk_path(X, Y, times=[0.1, 10.0]).risk, rtol=1e-5)


def test_input_is_never_changed():
    rows, targets = X.copy(), Y.copy()
    rows.flags.writeable = targets.flags.writeable = False
    rc.risk_path(rows, targets, weight_decay=0.1)
    np.testing.assert_array_equal(rows, X)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": 1j * X}, "X: Complex"),
        ({"y": []}, r"y: must have shape \(n,\)"),
        ({"y": np.array([], dtype=int)}, r"y: must have shape \(n,\)"),
        ({"y": np.array([], dtype=str)}, r"y: must have shape \(n,\)"),
        ({"y": [None] * 20}, "y: must be numbers|y.*NaN"),
        ({"y": None}, r"y: must have shape \(n,\)"),
        ({"y": Y[:, None, None]}, r"y: must have shape \(n,\)"),
        ({"y": 1j * Y}, "y: must be real"),
        ({"y": np.append(Y[:-1], -np.inf)}, "y.*infinity"),
        (
            {"y": pd.Series([*LABELS[1:], pd.NA], dtype="string"), "scoring": "error_rate"},
            "y: .*mis",
        ),
        (
            {"y": np.array([1, "b"] * 10, dtype=object), "scoring": "error_rate"},
            "y: .*mixed types",
        ),
        ({"y": [*LABELS[1:], None], "scoring": "error_rate"}, "y: .*missing"),
        ({"scoring": 3}, "scoring: must be"),
        ({"times": "soon"}, "times: got 'soon'; give numbers"),
        ({"times": [1.0, np.nan]}, "times: got nan"),
        ({"times": [1e-300, 1.0]}, "times: got 1e-300"),
        ({"weight_decay": "much"}, "weight_decay: got 'much'; give a number"),
        ({"filter": "ridge", "times": [0.0, 1.0]}, "times: must be positive"),
        ({"filter": "ridge", "times": [-1.0]}, "times: got -1"),
        ({"filter": "ridge", "times": [2.0, 1.0]}, "times: do not increase"),
        ({"filter": "ridge", "weight_decay": 0.1}, "weight_decay: must be 0 for filter='ridge'"),
        ({"filter": rc.Ridge([1.0]), "weight_decay": 0.1}, "times: a filter object"),
        ({"filter": rc.Ridge}, "filter: must be a name or a Filter"),
        ({"groups": np.zeros((20, 2))}, r"groups: must have shape \(n,\)"),
        ({"kernel": lambda a, b: (a @ b.T)[:5]}, r"kernel: .*\(20, 20\), got \(5, 20\)"),
        ({"kernel": lambda a, b: 1j * a @ b.T}, "kernel: .*real numbers, got complex"),
        ({"kernel": rc.GradientFlow}, r"kernel: got the class GradientFlow; pass an instance"),
        ({"kernel": lambda a, b: None}, "kernel: .*real numbers, got object"),
        ({"kernel": lambda a, b: np.ones((20, 20))}, "kernel: the Gram matrix is constant"),
        ({"fit_intercept": "no"}, "fit_intercept: must be True or False, got 'no'"),
        ({"fit_intercept": None}, "fit_intercept: must be True or False"),
        ({"fit_intercept": 0.5}, "fit_intercept: must be True or False"),
        ({"groups": [np.nan] * 2 + [1.0] * 18}, r"groups: 2 label\(s\) are missing, .* row 0"),
        ({"groups": [*"ab" * 9, "a", None]}, r"groups: 1 label\(s\) are missing, .* row 19"),
        ({"groups": TORN}, r"groups: 1 label\(s\) are missing"),
        ({"groups": "site"}, r"groups: must have shape \(n,\), got \(\)"),
        ({"y": [[1.0], [1.0, 2.0]] * 10}, "y: entries differ in length"),
        ({"y": scipy.sparse.csr_array(Y[:, None])}, r"y: is sparse; pass y.toarray\(\)"),
        ({"X": 1e160 * X}, "X: its largest entry is .*; rescale X"),
        ({"X": 1e-170 * scipy.sparse.csr_array(X)}, "X: its largest entry is .*; rescale X"),
        ({"y": 1e-90 * Y}, "y: its largest entry is .*; rescale y"),
    ],
)
def test_one_clear_message_also_for(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        rc.risk_path(**{"X": X, "y": Y, **arguments})


@pytest.mark.parametrize("time", [-1.0, np.nan, "late", [1.0, 2.0]])
def test_predictions_at_an_impossible_time(time):
    with pytest.raises((ValueError, TypeError), match="time: must be a number"):
        rc.risk_path(X, Y, times=[1.0]).loo_predictions(time)


def test_whole_numbers_are_numbers():
    rows = np.round(10 * X).astype(np.int8)
    settings = {"times": [0.1, 10.0], "scoring": "squared_error"}
    risk = rc.risk_path(rows, np.round(Y).astype(int), **settings).risk
    exact = rc.risk_path(rows.astype(float), np.round(Y), **settings).risk
    np.testing.assert_array_equal(risk, exact)


def test_labels_of_any_type_are_classes():
    path = rc.risk_path(X, np.array(list(np.arange(20) % 2), dtype=object), scoring="error_rate")
    assert path.classes.tolist() == [0, 1]


def test_sparse_copies_warn_too():
    with pytest.warns(UserWarning, match=r"X: 1 row\(s\) repeat"):
        rc.risk_path(scipy.sparse.csr_array(np.vstack([X, X[:1]])), np.append(Y, 0.0))
