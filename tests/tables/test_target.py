"""Labels of a target column stay as they stand: none are merged or rounded."""

import numpy as np
import pandas as pd
import pytest

from riskcast.tables._target import take_target

PAIRS = {
    "print alike": ([123456.7, 123456.8], {}),
    "print alike near one": ([1.0000001, 1.0000002], {}),
    "beyond 2^53": ([2**53, 2**53 + 1], {}),
    "beyond 2^53 with gaps": ([2**53, 2**53 + 1], {"dtype": "Int64"}),
    "near 2^63": ([2**63 - 1, 2**63 - 2], {}),
    "unsigned": ([2**64 - 1, 2**64 - 2], {"dtype": "uint64"}),
    "beyond 64 bits": ([2**80, 2**80 + 1], {"dtype": object}),
    "text of integers": ([str(2**60), str(2**60 + 1)], {}),
    "codes": (["007", "7"], {}),
    "large floats": ([1e19, 1e19 + 4096], {}),
}


@pytest.mark.parametrize(("pair", "options"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("task", [None, "classification"])
def test_two_labels_are_two_classes(pair, options, task):
    values = pair * 20
    if options.get("dtype") == "Int64":
        values = [*values, None]
    found = take_target(pd.Series(values, name="y", **options), "y", task)
    assert found.task == "classification"
    labels = found.values.tolist()
    assert labels[0] != labels[1]
    assert labels == labels[:2] * 20
    # What is shown is the value itself, in digits that tell it from all others.
    assert [type(one)(label) for one, label in zip(pair, labels[:2], strict=True)] == pair


def test_numbers_keep_their_usual_labels():
    found = take_target(pd.Series([0.5, 1.0] * 20), "y", None)
    assert set(found.values) == {"0.5", "1"}
    whole = take_target(pd.Series([0.0, 1.0, 2.0] * 20), "y", None)
    assert whole.values.dtype == np.int64


def test_codes_can_be_regressed_when_asked():
    found = take_target(pd.Series(["007", "7", "8"] * 9), "y", "regression")
    assert found.values.tolist() == [7.0, 7.0, 8.0] * 9
