"""The API reference names every public name, and the gallery's order every example."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PUBLIC = (
    "riskcast",
    "riskcast.exceptions",
    "riskcast.features",
    "riskcast.filters",
    "riskcast.lab",
    "riskcast.lab.observables",
    "riskcast.learning_curves",
    "riskcast.plotting",
    "riskcast.spectra",
    "riskcast.studies",
    "riskcast.theory",
)
SUBPACKAGES = (  # they have pages of their own
    "exceptions",
    "features",
    "filters",
    "lab",
    "learning_curves",
    "observables",
    "plotting",
    "spectra",
    "studies",
    "theory",
)
SCIKIT_LEARNS = ("RBFSampler", "Nystroem")


def documented() -> set[str]:
    """Names in the autosummary lists, in full."""
    found = set()
    for page in REFERENCE.glob("*.rst"):
        module, listing = "", False
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith(".. currentmodule::"):
                module = line.split()[-1]
            elif line and not line.startswith(" "):
                listing = line.startswith(".. autosummary::")
            elif listing and re.fullmatch(r"   [A-Za-z_.]+", line):
                found.add(f"{module}.{line.strip()}")
    return found


def named(full_name: str) -> object:
    """What a full name stands for."""
    module, _, last = full_name.rpartition(".")
    return getattr(importlib.import_module(module), last)


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_a_page(module):
    pages = [named(name) for name in documented()]
    for name in importlib.import_module(module).__all__:
        if name not in (*SUBPACKAGES, *SCIKIT_LEARNS):
            assert any(page is named(f"{module}.{name}") for page in pages), f"{module}.{name}"


def test_no_page_is_of_a_name_that_is_gone():
    for name in documented():
        assert named(name) is not None


def test_the_order_names_every_example():
    sys.path.insert(0, str(ROOT / "docs" / "_ext"))
    try:
        from gallery_order import LESSONS
    finally:
        sys.path.pop(0)
    examples = {path.stem for path in (ROOT / "examples").glob("*/*.py")} - {"embed_sentences"}
    assert examples == set(LESSONS)
    assert len(LESSONS) == len(set(LESSONS))
