"""The same data for every seed, so that students differ only in initialization and noise."""

from __future__ import annotations

from dataclasses import dataclass

from riskcast.lab import _checks

from .derived import TaskOfAnother
from .draws import Draw


@dataclass(frozen=True)
class SameData(TaskOfAnother):
    """One draw of another task, used for every seed.

    Seeds are then members of an ensemble, or chains of Langevin dynamics on
    one posterior: initial weights, batches and noise differ, the data do not.

    Parameters
    ----------
    task : Task
        Source of the data.
    data_seed : int, default 0
        Seed of the draw.

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
        """Data of `data_seed`, whatever the seed; see `Task.draw`."""
        _checks.seed(seed)
        return self.task.draw(self.data_seed)
