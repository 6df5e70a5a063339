"""The same data for every seed: students that differ in their start and their noise alone."""

from __future__ import annotations

from dataclasses import dataclass

from riskcast.lab import _checks

from .derived import TaskOfAnother
from .draws import Draw


@dataclass(frozen=True)
class SameData(TaskOfAnother):
    """One draw of another task, whatever the seed.

    Seeds are then members of an ensemble, or chains of Langevin dynamics on
    one posterior: initial weights, batches and noise differ, the data do not.

    Parameters
    ----------
    task : Task
        Where the data come from.
    data_seed : int, default 0
        Seed of the one draw.

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.SameData(lab.TeacherStudent(5, n_train=20), data_seed=3)
    >>> bool((task.draw(0).y_train == task.draw(1).y_train).all())
    True
    """

    data_seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _checks.count_fields(self, "data_seed", least=0)

    def draw(self, seed: int) -> Draw:
        """The one draw; see `Task.draw`."""
        _checks.seed(seed)
        return self.task.draw(self.data_seed)
