"""The theory beside the network: what kernels and populations say of its training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast import theory
from riskcast._statistics import standard_error
from riskcast.filters import Filter, GradientDescent, GradientFlow, HeavyBall
from riskcast.lab.network import Network
from riskcast.lab.readout_flow import is_exact, scaled_features
from riskcast.lab.records import Job, prepare
from riskcast.lab.runs import checked_plan, seed_numbers, train
from riskcast.lab.settings import Training
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks import Task, TeacherStudent
from riskcast.lab.trajectory import Trajectory
from riskcast.path import risk_path

__all__ = ["Prediction", "predict"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Prediction:
    """A trained student and what was predicted of it, at the same times.

    Errors are squared ones; of classes, between outputs and ±1 or one-hot
    targets, averaged over outputs.

    Attributes
    ----------
    run : Trajectory
        The training itself.
    times : ndarray of shape (T,)
        Training times, averaged over seeds.
    trained : ndarray of shape (S, T)
        Test error of each seed.
    from_kernel : ndarray of shape (S, T)
        Leave-one-out risk of the same training of each seed's own kernel, from
        its training rows alone.
    kernel : {"features", "tangent kernel before training"}
        Which kernel that is. The former is exact for a read-out; the latter
        holds as far as the kernel stays what it was.
    from_population : ndarray of shape (T,) or None
        Theory's expected risk; for a linear student of a linear teacher.
    """

    run: Trajectory
    times: FloatArray
    trained: FloatArray
    from_kernel: FloatArray
    kernel: str
    from_population: FloatArray | None

    def deviations(self, of: str = "kernel") -> FloatArray:
        """Mean difference from what was trained, in its standard errors over seeds, shape (T,).

        Parameters
        ----------
        of : {"kernel", "population"}, default "kernel"
            Which prediction.

        Raises
        ------
        ValueError
            If there is no such prediction, or a single seed.
        """
        if len(self.trained) < 2:
            raise ValueError("deviations: one seed has no standard error; predict for several")
        if of == "population":
            if self.from_population is None:
                raise ValueError("deviations: the population is not known; take of='kernel'")
            differences = self.trained - self.from_population
        elif of == "kernel":
            differences = self.trained - self.from_kernel
        else:
            raise ValueError(f"of: got {of!r}; give 'kernel' or 'population'")
        spread = standard_error(differences)
        return differences.mean(axis=0) / np.where(spread > 0.0, spread, np.inf)

    def plot(self, ax: Any = None) -> Any:
        """Draw what was trained as points, with standard errors, and predictions as lines.

        Returns
        -------
        matplotlib axes
        """
        from riskcast.lab.figures import draw_prediction

        return draw_prediction(self, ax)


def predict(
    task: Task,
    student: FullyConnected,
    training: Training | None = None,
    *,
    seed: int | Iterable[int] = 0,
    **settings: Any,
) -> Prediction:
    """Train a student, and predict the same from kernels and, where it is known, the population.

    Parameters
    ----------
    task, student, training, seed, **settings
        As in `train`. The loss must be squared and the rule gradient flow,
        descent, momentum, or SGD (predicted as flow).

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        If the training is none that a kernel can follow.

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.TeacherStudent(30, n_train=60, teacher="linear", snr=2.0)
    >>> student = lab.FullyConnected(depth=0, parametrization="standard", init_scale=0.0)
    >>> found = lab.predict(
    ...     task, student, seed=range(20), rule="gradient_flow", last_time=100.0
    ... )
    >>> bool(abs(found.deviations("population")).max() < 4.0)
    True
    """
    plan = checked_plan(task, student, training, settings)
    seeds = seed_numbers(seed)
    jobs = [prepare(task, student, plan, number) for number in seeds]
    _refuse_what_no_kernel_follows(plan, jobs[0])
    run = train(task, student, plan, seed=seeds)
    rules = [_filter(plan, run, place) for place in range(len(seeds))]
    exact = jobs[0].network.trains_readout_alone
    kernel = _from_features if exact else _from_tangent_kernel
    outputs = jobs[0].targets.shape[1]
    return Prediction(
        run=run,
        times=run.times.mean(axis=0),
        trained=2.0 * run.test_loss / outputs if task.n_classes else run.test_error,
        from_kernel=np.stack([kernel(job, rule) for job, rule in zip(jobs, rules, strict=True)]),
        kernel="features" if exact else "tangent kernel before training",
        from_population=_from_population(task, student, plan, jobs, run),
    )


def _refuse_what_no_kernel_follows(plan: Training, job: Job) -> None:
    if plan.loss != "squared":
        raise ValueError(f"loss: kernels follow the squared loss, not {plan.loss}; take squared")
    if plan.rule == "adam":
        raise ValueError("rule: no kernel follows Adam; take gradient_flow or gradient_descent")
    if plan.median_of > 1:
        raise ValueError("median_of: no kernel follows a median of gradients; take 1")
    network = job.network
    if network.normalizations:
        raise ValueError("student: no kernel follows batch normalization; take batch_norm=None")
    if plan.weight_decay and (not is_exact(network, plan) or network(job.draw.X_train).any()):
        raise ValueError(
            "weight_decay: kernels follow it for a read-out from zero weights only; drop it, or "
            "set trained='readout' and readout_scale=0"
        )
    if not network.trains_readout_alone and network.n_outputs > 1:
        raise ValueError(
            f"student: the tangent kernel of {network.n_outputs} outputs is not one kernel; train "
            "the read-out, or take two classes"
        )


def _filter(plan: Training, run: Trajectory, place: int) -> Filter:
    """The rule of one seed as a spectral filter."""
    if plan.rule == "gradient_descent":
        return GradientDescent(run.learning_rate[place], plan.record_steps(), plan.weight_decay)
    if plan.rule == "momentum":
        steps = plan.record_steps()
        return HeavyBall(run.learning_rate[place], plan.momentum, steps, plan.weight_decay)
    return GradientFlow(run.times[place], plan.weight_decay)


def _from_features(job: Job, rule: Filter) -> FloatArray:
    """Leave-one-out risk on the features of the read-out."""
    left = job.targets - job.network(job.draw.X_train)
    rows = scaled_features(job.network, job.draw.X_train)
    if rule.weight_decay:  # weights are scaled by the root of their rate, and so decay with it
        rule = rule._with(weight_decay=rule.weight_decay * job.network.layers[-1].rate)
    path = risk_path(rows, left, filter=rule, fit_intercept=False, scoring="squared_error")
    return path.risk


def _from_tangent_kernel(job: Job, rule: Filter) -> FloatArray:
    """Leave-one-out risk of the network made linear in its weights, at their start."""
    network: Network = job.network
    left = job.targets[:, 0] - network(job.draw.X_train)[:, 0]
    gram = network.tangent_kernel(job.draw.X_train)
    path = risk_path(
        gram,
        left,
        filter=rule,
        kernel="precomputed",
        fit_intercept=False,
        scoring="squared_error",
    )
    return path.risk


def _from_population(
    task: Task, student: FullyConnected, plan: Training, jobs: list[Job], run: Trajectory
) -> FloatArray | None:
    """Expected risk of a linear student, averaged over the seeds' own times."""
    population = task.population if isinstance(task, TeacherStudent) else None
    if population is None or student.depth > 0 or student.bias:
        return None
    layer = jobs[0].network.layers[0]
    # The weights that act are the multiplier times those trained: time and decay scale with it.
    pace = layer.rate * layer.multiplier**2
    start = (layer.multiplier * layer.deviation) ** 2
    times = np.unique(run.times, axis=0)
    curves = [
        theory.risk_curve(population, jobs[0].draw.n_train, rule, init_variance=start).risk
        for rule in (_paced(plan, each, pace, layer.multiplier) for each in times)
    ]
    return np.mean(curves, axis=0)


def _paced(plan: Training, times: FloatArray, pace: float, multiplier: float) -> Filter:
    decay = plan.weight_decay / multiplier**2
    if plan.rule == "momentum":
        rate = pace * times[-1] / plan.steps
        return HeavyBall(rate, plan.momentum, plan.record_steps(), decay)
    if plan.rule == "gradient_descent":
        return GradientDescent(pace * times[-1] / plan.steps, plan.record_steps(), decay)
    return GradientFlow(pace * times, decay)
