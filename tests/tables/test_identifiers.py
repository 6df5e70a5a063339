"""Whole numbers that may be identifiers or codes are told of, amounts are not."""

import numpy as np
import pandas as pd
import pytest

from riskcast.assessment import assess_table
from riskcast.assessment._account import account
from riskcast.models import choose_model
from riskcast.tables import Options, Table, prepare
from riskcast.tables._identifiers import name_words

N = 240
RNG = np.random.default_rng(0)
REPEATED = RNG.integers(0, 60, N) + 10_001
MIXED = RNG.permutation(N) * 37 + 5


def treatment(name, values, **options):
    frame = pd.DataFrame(
        {"x": np.random.default_rng(1).normal(size=N), name: values,
         "y": np.random.default_rng(2).normal(size=N)}
    )  # fmt: skip
    table = prepare(Table("t.csv", frame), Options(target="y", **options))
    return next(note.treatment for note in table.columns if note.name == name)


@pytest.mark.parametrize(
    "name",
    ["zip", "ZIP", "zip_code", "zipCode", "postcode", "customer_id", "customerID", "CustomerId",
     "id_customer", "phone", "SSN", "account", "plz", "ean"],
)  # fmt: skip
def test_repeated_identifiers_are_told_by_name(name):
    assert treatment(name, REPEATED).endswith("; perhaps an identifier, by its name")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ISBN", 9_780_000_000_000 + MIXED),
        ("sku", MIXED.astype(float)),
        ("isbn", np.where(np.arange(N) % 9, MIXED, np.nan)),
        ("house_number", MIXED),
        ("invoice no", MIXED),
        ("key", MIXED),
        ("code", MIXED),
        ("phone_number", REPEATED),
        ("zip", [f"0{value}" for value in REPEATED]),
    ],
)
def test_identifiers_written_in_any_way_are_told_by_name(name, values):
    assert "; perhaps an identifier, by its name" in treatment(name, values)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1001, 1001 + N),
        np.arange(N)[::-1] + 1,
        np.random.default_rng(5).permutation(N) + 1,
        np.arange(N) * 3 + np.arange(N) % 2,
        np.random.default_rng(6).choice(900_000_000, N, replace=False) + 100_000_000,
    ],
    ids=["from 1001", "backwards", "shuffled", "with gaps", "nine digits"],
)
def test_numbered_rows_are_told_by_their_values(values):
    assert treatment("v7", values).endswith("; perhaps an identifier, by its values")


@pytest.mark.parametrize("name", ["region", "branch_code", "RegionCode", "type", "species"])
def test_codes_are_told_by_name(name):
    assert treatment(name, np.arange(N) % 3 + 1).endswith("; perhaps a code, by its name")
    assert treatment(name, np.arange(N) % 17).endswith("; perhaps a code, by its name")


def test_few_values_are_told():
    assert treatment("v7", np.arange(N) % 4).endswith("; perhaps a code, by its few values")
    assert treatment("v7", [str(row % 4) for row in range(N)]).endswith("its few values")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("income", RNG.integers(1000, 90_000, N)),
        ("number_of_rooms", RNG.integers(1, 30, N)),
        ("year", np.arange(1700, 1700 + N)),
        ("zip", RNG.normal(size=N)),
        ("region", np.arange(N) % 2),
        ("code", RNG.random(N) < 0.5),
        ("valid", REPEATED),
        ("area", RNG.integers(40, 90, N)),
        ("class_size", RNG.integers(10, 35, N)),
        ("ticket_price", RNG.integers(10, 900, N)),
        ("n_species", RNG.integers(1, 40, N)),
        ("idle", RNG.integers(0, 500, N)),
        ("keyboards", RNG.integers(0, 500, N)),
        ("population", (10 ** RNG.uniform(2, 7, N)).astype(int)),
        ("age", RNG.integers(18, 90, N)),
    ],
)
def test_amounts_are_not(name, values):
    assert "perhaps" not in treatment(name, values)


def test_what_is_kept_is_spoken_for():
    assert "perhaps" not in treatment("zip", REPEATED, keep=("zip",))


def test_rows_numbered_from_one_are_left_out_as_before():
    assert treatment("v7", np.arange(1, N + 1)) == "row number"


def test_words_of_names():
    assert name_words("customerID") == ["customer", "id"]
    assert name_words("ZIPCode") == ["zip", "code"]
    assert name_words("house_no.") == ["house", "no"]
    assert name_words("42") == ["42"]


def test_the_account_names_them_and_what_to_do():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"x": rng.normal(size=N), "zip": REPEATED, "isbn": 9_780_000_000_000 + MIXED,
         "region": np.arange(N) % 3 + 1, "y": rng.normal(size=N)}
    )  # fmt: skip
    table = prepare(Table("t.csv", frame), Options(target="y"))
    told = " ".join(account(assess_table(table, choose_model("linear", table.X, table.task))))
    assert "perhaps identifiers (by name or values): zip, isbn. If so, exclude them" in told
    assert "with --drop" in told
    assert (
        "perhaps category codes (by name or few distinct values): region. If so, write them" in told
    )
    plain = prepare(Table("t.csv", frame[["x", "y"]]), Options(target="y"))
    told = " ".join(account(assess_table(plain, choose_model("linear", plain.X, plain.task))))
    assert "perhaps" not in told


def test_a_letter_before_each_value_makes_a_category():
    assert treatment("region", [f"c{row % 3 + 1}" for row in range(N)]).startswith(
        "one-hot encoded"
    )
