"""Find built-in studies and studies in user files."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from riskcast.studies.study import Study

__all__ = ["all_studies", "find_study", "study_names"]

_PAPERS = Path(__file__).parent / "papers"


def study_names() -> list[str]:
    """Return the names of the built-in studies."""
    files = _PAPERS.glob("[!_]*.py")
    return sorted(path.stem.replace("_", "-") for path in files)


def find_study(name: str) -> Study:
    """Return a study by name or by the path of its file.

    Parameters
    ----------
    name : str
        One of `study_names`, or a path that ends in ``.py``.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If there is no such study, or the file contains none.

    Examples
    --------
    >>> from riskcast.studies import find_study
    >>> find_study("high-dimensional-dynamics").paper[:16]
    'High-dimensional'
    """
    if name.endswith(".py"):
        return _study_of(_module_of(Path(name)), Path(name).stem.replace("_", "-"))
    if name not in study_names():
        raise ValueError(
            f"there is no study {name!r}; give one of {', '.join(study_names())}, "
            "or the path of a file that ends in .py"
        )
    module = importlib.import_module(f"riskcast.studies.papers.{name.replace('-', '_')}")
    return _study_of(module, name)


def all_studies() -> dict[str, Study]:
    """Return all built-in studies by name."""
    return {name: find_study(name) for name in study_names()}


def _study_of(module: ModuleType, name: str) -> Study:
    study = getattr(module, "study", None)
    if not isinstance(study, Study):
        raise ValueError(f"{module.__file__}: holds no study; give it one: study = Study(...)")
    study.name = study.name or name
    return study


def _module_of(path: Path) -> ModuleType:
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(path.stem)
    sys.modules[path.stem] = module  # during loading, for code that looks its module up by name
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{path}: cannot be loaded; {_where(error, path)}") from error
    finally:
        if before is None:
            del sys.modules[path.stem]
        else:
            sys.modules[path.stem] = before
    return module


def _where(error: Exception, path: Path) -> str:
    """Describe an error and the line of the file that raised it."""
    frames, path = traceback.extract_tb(error.__traceback__), path.resolve()
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == path]
    line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
    return f"line {line}: {type(error).__name__}: {error}"
