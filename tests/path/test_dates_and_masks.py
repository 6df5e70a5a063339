"""Dates and masked entries are refused alike at every entrance, in whatever container they come."""

import datetime

import numpy as np
import pandas as pd
import pyarrow
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

import riskcast as rc
from riskcast.features import NNGP, NTK, RandomFeatures, select_kernel

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, 2.0, -1.0] + RNG.standard_normal(40)
LABELS = Y > 0
DAYS = pd.date_range("2024-02-20", periods=40)

DATES = {
    "days": DAYS.to_numpy().astype("datetime64[D]"),
    "nanoseconds": DAYS.to_numpy(),
    "durations": (DAYS - DAYS[0]).to_numpy(),
    "index": DAYS,
    "series": pd.Series(DAYS),
    "time zone": pd.Series(DAYS.tz_localize("UTC")),
    "arrow": pd.Series(DAYS).astype("timestamp[ns][pyarrow]"),
    "arrow dates": pd.Series([day.date() for day in DAYS]).astype(pd.ArrowDtype(pyarrow.date32())),
    "periods": pd.Series(DAYS.to_period("D")),
    "categories": pd.Series(DAYS).astype("category"),
    "objects": np.array([day.date() for day in DAYS], dtype=object),
    "stamps": list(DAYS),
    "list": [day.to_pydatetime() for day in DAYS],
    "list of NumPy": list(DAYS.to_numpy()),
    "list of durations": [datetime.timedelta(days=k) for k in range(40)],
    "list of periods": list(DAYS.to_period("D")),
    "among numbers": [*range(39), datetime.date(2024, 2, 20)],
    "frame": pd.DataFrame({"day": DAYS}),
}
ENTRANCES = {
    "path": lambda X, y: rc.risk_path(X, y),
    "path of squares": lambda X, y: rc.risk_path(X, y, scoring="squared_error"),
    "path of classes": lambda X, y: rc.risk_path(X, y, scoring="error_rate"),
    "forecast": lambda X, y: rc.forecast(X, y),
    "forecast of a regressor": lambda X, y: rc.forecast(X, y, estimator=Ridge()),
    "forecast of a classifier": lambda X, y: rc.forecast(X, y, estimator=LogisticRegression()),
    "regressor": lambda X, y: rc.GradientFlowRegressor().fit(X, y),
    "classifier": lambda X, y: rc.GradientFlowClassifier().fit(X, y),
    "kernel choice": lambda X, y: select_kernel(X, y, ["nngp:1"]),
}


@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES)
def test_targets_that_are_dates(enter, dates):
    with pytest.raises(ValueError, match=r"^y: holds dates or durations .*convert them to numbers"):
        enter(X, dates)


@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES)
def test_features_that_are_dates(enter, dates):
    frame = pd.DataFrame({"x": X[:, 0]})
    frame["when"] = dates["day"] if isinstance(dates, pd.DataFrame) else dates
    column = [[date] for date in np.asarray(frame["when"], dtype=object)]
    for rows in (frame, frame[["when"]], column):
        with pytest.raises(ValueError, match=r"^X: holds dates or durations .*encode them first"):
            enter(rows, LABELS)


@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES)
def test_arrow_tables_with_a_column_of_dates(enter):
    stamps = pyarrow.array(DAYS)
    columns = {
        "times": stamps,
        "dates": stamps.cast(pyarrow.date32()),
        "durations": pyarrow.array((DAYS - DAYS[0]).to_numpy()),
        "times of day": pyarrow.array([datetime.time(1, minute) for minute in range(40)]),
        "chunks": pyarrow.chunked_array([stamps[:20], stamps[20:]]),
    }
    for column in columns.values():
        table = pyarrow.table({"x": X[:, 0], "when": column})
        for rows in (table, table.combine_chunks().to_batches()[0]):
            with pytest.raises(ValueError, match=r"^X: holds dates or durations .*encode them"):
                enter(rows, LABELS)


def test_arrow_tables_of_numbers():
    table = pyarrow.table({"x": X[:, 0], "count": np.arange(40)})
    found = rc.risk_path(table, Y).risk
    np.testing.assert_allclose(found, rc.risk_path(table.to_pandas(), Y).risk)


def test_predictions_of_dates_and_of_masked_rows():
    model = rc.GradientFlowRegressor().fit(X[:, :1], Y)
    with pytest.raises(ValueError, match=r"^X: holds dates"):
        model.predict(DAYS.to_numpy()[:, None])
    with pytest.raises(ValueError, match=r"^X: 1 of its entries are masked"):
        rc.GradientFlowClassifier().fit(X, LABELS).decision_function(masked(X))


@pytest.mark.parametrize("kind", [rc.GradientFlowRegressor, rc.GradientFlowClassifier])
def test_targets_to_be_scored_on(kind):
    model = kind(time=1.0).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"^y: 1 of its entries are masked"):
        model.score(X, masked(LABELS))
    with pytest.raises(ValueError, match=r"^y: holds dates"):
        model.score(X, DAYS)
    assert model.score(X, LABELS, sample_weight=np.ones(40)) == pytest.approx(
        model.score(X, LABELS)
    )


def test_days_as_groups_are_groups():
    groups = np.repeat(DAYS[:20], 2)
    expected = rc.risk_path(X, Y, groups=np.arange(40) // 2).risk
    np.testing.assert_array_equal(rc.risk_path(X, Y, groups=groups).risk, expected)


def masked(values, fill=1e5):
    """The same with a large number under a mask in one place."""
    values = np.ma.MaskedArray(np.array(values, dtype=float), mask=False)
    values[(3,) + (0,) * (values.ndim - 1)] = fill
    values.mask.flat[3 * (values.size // len(values))] = True
    return values


@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES)
@pytest.mark.parametrize("form", ["array", "list of rows", "integers"])
def test_masked_entries(enter, form):
    rows, targets = masked(X), masked(LABELS)
    if form == "list of rows":
        rows, targets = list(rows), [np.ma.masked if k == 3 else one for k, one in enumerate(Y)]
    if form == "integers":
        rows, targets = rows.astype(int), targets.astype(int)
    with pytest.raises(ValueError, match=r"^X: 1 of its entries are masked.*; drop their rows, or"):
        enter(rows, LABELS)
    with pytest.raises(ValueError, match=r"^y: 1 of its entries are masked"):
        enter(X, targets)


def test_masked_groups_times_and_kernels():
    with pytest.raises(ValueError, match=r"^groups: 1 of its entries are masked"):
        rc.risk_path(X, Y, groups=masked(np.arange(40)))
    with pytest.raises(ValueError, match=r"^groups: 1 of its entries are masked"):
        rc.forecast(X, Y, groups=masked(np.arange(40)))
    with pytest.raises(ValueError, match=r"^groups: 1 of its entries are masked"):
        rc.GradientFlowRegressor().fit(X, Y, groups=masked(np.arange(40)))
    with pytest.raises(ValueError, match=r"^times: 1 of its entries are masked"):
        rc.risk_path(X, Y, times=masked(np.arange(1.0, 9.0), 4.0))
    with pytest.raises(ValueError, match=r"^X: 1 of its entries are masked"):
        rc.risk_path(masked(X @ X.T), Y, kernel="precomputed")
    with pytest.raises(ValueError, match=r"^kernel: 1 of its entries are masked"):
        rc.risk_path(X, Y, kernel=lambda a, b: masked(a @ b.T))
    with pytest.raises(ValueError, match=r"^n_samples: 1 of its entries are masked"):
        rc.forecast(X, Y, n_samples=masked([40, 50, 60, 70]))


@pytest.mark.parametrize("enter", [NTK("relu", 1), NNGP("relu", 1), RandomFeatures(4).fit])
def test_features_refuse_what_is_no_number(enter):
    with pytest.raises(ValueError, match=r"^X: 1 of its entries are masked"):
        enter(masked(X))
    with pytest.raises(ValueError, match=r"^X: holds dates"):
        enter(DAYS.to_numpy()[:, None])


def test_a_mask_that_hides_nothing_is_no_mask():
    plain = rc.risk_path(X, Y).risk
    np.testing.assert_array_equal(
        rc.risk_path(np.ma.MaskedArray(X), np.ma.MaskedArray(Y, mask=np.zeros(40, bool))).risk,
        plain,
    )
    np.testing.assert_array_equal(
        rc.GradientFlowRegressor().fit(np.ma.MaskedArray(X, mask=False), Y).risk_path_.risk, plain
    )
