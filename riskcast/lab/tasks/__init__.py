"""Tasks: sources of the data of an experiment."""

from __future__ import annotations

from .clusters import XORClusters
from .draws import Draw, Task
from .first_rows import FirstRows
from .given_data import GivenData
from .modular_arithmetic import ModularArithmetic
from .same_data import SameData
from .sparse_parity import SparseParity
from .teacher_student import TeacherStudent

__all__ = [
    "Draw",
    "FirstRows",
    "GivenData",
    "ModularArithmetic",
    "SameData",
    "SparseParity",
    "Task",
    "TeacherStudent",
    "XORClusters",
]
