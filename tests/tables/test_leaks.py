"""Columns that give the target away, and columns that only look as if they did."""

import numpy as np
import pandas as pd
import pytest

from riskcast.tables import Options, Table, prepare

N = 600
NAMES = np.array([f"g{code:03d}" for code in range(N)])


def random(seed=0):
    return np.random.default_rng(seed)


def accused(frame, **options):
    table = prepare(Table("t.csv", frame), Options(target="y", **options))
    notes = [note for note in table.notes if note.startswith("Possible leak: ")]
    return notes[0].split(": ")[1].split(" can predict")[0].split(", ") if notes else []


def beside(column, y, name="suspect"):
    noise = random(9).normal(size=len(y))
    return pd.DataFrame({"noise": noise, name: column, "y": y})


def grades(outliers=0.01, noise=0.01, levels=35, n=2000):
    rng = random()
    code = rng.integers(0, levels, n)
    y = 5 + 0.7 * code + noise * rng.normal(size=n)
    changed = rng.random(n) < outliers
    y[changed] += 5 * rng.normal(size=changed.sum())
    return code, y


def days(n=N):
    return pd.Timestamp("2019-03-01") + pd.to_timedelta(np.arange(n), unit="D")


def dates_that_give_away():
    when = days()
    return when, 3.0 * np.arange(N) + 0.1 * random(3).normal(size=N)


def months_that_give_away():
    when = days()
    shuffled = random(4).permutation(N)
    angle = 2 * np.pi * (when.month.to_numpy() - 1) / 12
    return when[shuffled], (10 * np.sin(angle) + 0.01 * random(5).normal(size=N))[shuffled]


def text_levels(count=120):
    code = random(6).integers(0, count, N * 2)
    return NAMES[code], random(7).normal(size=count)[code] + 1e-3 * random(8).normal(size=N * 2)


def codes_in_no_order():
    code = random(1).integers(0, 20, N)
    return code, random(2).permutation(20)[code] + 1e-3 * random(3).normal(size=N)


LEAKS = {
    "a category": lambda: (NAMES[grades()[0]], grades()[1]),
    "a category, no outliers": lambda: (NAMES[grades(0.0)[0]], grades(0.0)[1]),
    "a category, one row in twenty changed": lambda: (NAMES[grades(0.05)[0]], grades(0.05)[1]),
    "a category with honest noise": lambda: (
        NAMES[grades(0.0, noise=0.3)[0]], grades(0.0, noise=0.3)[1]
    ),
    "the same as a number": grades,
    "codes in no order": codes_in_no_order,
    "many levels": text_levels,
    "days": dates_that_give_away,
    "months": months_that_give_away,
    "a curve": lambda: (random(1).lognormal(size=N), np.log(random(1).lognormal(size=N))),
    "units": lambda: (1e12 + 1e3 * random(1).normal(size=N), random(1).normal(size=N)),
}  # fmt: skip


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", LEAKS)
def test_a_column_that_gives_the_target_away_is_named(name, standardize):
    column, y = LEAKS[name]()
    assert accused(beside(column, y), standardize=standardize) == ["suspect"]


def of_classes(column):
    return column, np.array(["no", "yes", "maybe"])[column % 3]


def test_categories_that_name_the_class_are_named():
    code = random().integers(0, 30, N)
    assert accused(beside(NAMES[code], of_classes(code)[1])) == ["suspect"]
    assert accused(beside(code, of_classes(code)[1])) == ["suspect"]
    few = random(1).random(N) < 0.004  # mistakes
    y = np.where(few, "no", of_classes(code)[1])
    assert accused(beside(NAMES[code], y)) == ["suspect"]


def test_numbers_that_split_the_classes_are_named():
    x = random().normal(size=N)
    assert accused(beside(x, np.where(x > 0.4, "a", "b"))) == ["suspect"]
    assert accused(beside(x, np.array(["a", "b", "c"])[np.digitize(x, [-0.5, 0.5])])) == ["suspect"]


def test_a_gap_that_names_the_class_is_named():
    x = random().normal(size=N)
    gone = random(1).random(N) < 0.3
    assert accused(beside(np.where(gone, np.nan, x), np.where(gone, "a", "b"))) == ["suspect"]


def strong(explained, seed=3):
    signal = random(seed).normal(size=N)
    noise = random(seed + 1).normal(size=N)
    return signal, np.sqrt(explained) * signal + np.sqrt(1 - explained) * noise


def identifiers(levels, seed=1):
    return NAMES[random(seed).integers(0, levels, N)], random(seed + 1).normal(size=N)


HONEST = {
    "strong": lambda: strong(0.9),
    "very strong": lambda: strong(0.98),
    "strong levels": lambda: (
        NAMES[(10 * strong(0.9)[0]).round().astype(int) + 50], strong(0.9)[1]
    ),
    "names that hardly repeat": lambda: identifiers(2000 % N + 100),
    "names that repeat twice": lambda: identifiers(250),
    "names that repeat often": lambda: identifiers(20),
    "names of classes that hardly repeat": lambda: (
        identifiers(250)[0], np.array(["a", "b"])[random(5).integers(0, 2, N)]
    ),
    "numbers of classes": lambda: (
        random(3).normal(size=N) + 4.0 * (np.arange(N) % 2), np.array(["a", "b"])[np.arange(N) % 2]
    ),
    "rare classes": lambda: (
        random(3).normal(size=N), np.array(["a", "b"])[(np.arange(N) == 7) * 1
                                                       + (np.arange(N) == 300) * 1]
    ),
    "mostly the same": lambda: (
        NAMES[random(3).integers(0, 4, N)],
        np.where(random(4).random(N) < 0.9, 0.0, random(5).normal(size=N)),
    ),
    "heavy tails": lambda: (random(3).normal(size=N), random(4).standard_cauchy(size=N)),
    "dates": lambda: (days(), random(4).normal(size=N)),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_what_is_merely_strong_or_known_by_heart_is_not_accused(name):
    column, y = HONEST[name]()
    assert accused(beside(column, y)) == []


def test_a_name_that_is_one_group_is_held_out_with_it():
    """Each group has its own name and its own target: other groups tell nothing of it."""
    who = np.repeat(np.arange(60), 10)
    frame = beside(NAMES[who], random(5).normal(size=60)[who]).assign(who=who)
    assert accused(frame.drop(columns="who")) == ["suspect"]
    assert accused(frame, groups="who") == []


def test_vectors_are_looked_at_as_one():
    vectors = random(1).normal(size=(N, 4))
    y = vectors @ [1.0, -2.0, 0.5, 1.0]
    assert accused(beside(list(vectors), y)) == ["suspect"]
    assert accused(beside(list(vectors), y + random(2).normal(size=N))) == []
