"""Learning curves with constant array shapes: the first rows of a task, repeated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from riskcast.lab import _checks

from .derived import TaskOfAnother
from .draws import Draw


@dataclass(frozen=True)
class FirstRows(TaskOfAnother):
    """The first training rows of another task, repeated to its number of rows.

    Full-batch training is the same as on the first rows alone; an epoch of batches
    sees each of them equally often. Because the shapes stay constant, a learning
    curve over `count` is compiled only once.

    Parameters
    ----------
    task : Task
        Source of the data.
    count : int
        Number of rows to keep, a divisor of the task's number of rows.

    Examples
    --------
    >>> from riskcast import lab
    >>> draw = lab.FirstRows(lab.TeacherStudent(5, n_train=20), count=4).draw(0)
    >>> draw.X_train.shape, bool((draw.X_train[:4] == draw.X_train[16:]).all())
    ((20, 5), True)
    """

    count: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _checks.count_fields(self, "count")

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        whole = self.task.draw(seed)
        if whole.n_train % self.count:
            raise ValueError(
                f"count: {self.count} does not divide the {whole.n_train} rows of the task; "
                "give a divisor"
            )
        rows = np.arange(whole.n_train) % self.count
        return replace(
            whole,
            X_train=whole.X_train[rows],
            y_train=whole.y_train[rows],
            flipped=None if whole.flipped is None else whole.flipped[rows],
        )
