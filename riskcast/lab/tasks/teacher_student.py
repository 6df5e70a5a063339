"""Teacher-student tasks: targets come from a linear teacher or a small network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riskcast.features import as_activation
from riskcast.lab import _checks
from riskcast.spectra import Population

from .draws import (
    TEACHER,
    TEST_INPUTS,
    TEST_NOISE,
    TRAIN_INPUTS,
    TRAIN_NOISE,
    Draw,
    Task,
    flip_labels,
    stream,
)

FloatArray = NDArray[np.float64]

_TEACHERS = ("linear", "relu", "tanh", "erf")


@dataclass(frozen=True)
class TeacherStudent(Task):
    """Gaussian inputs and a random teacher, drawn anew for every seed.

    A linear teacher is ``β·x``; a network teacher is
    ``Σ_j a_j φ(w_j·x)`` with one hidden layer, where a and w are Gaussian and w has
    variance one over the trace of the inputs' covariance. Teachers are centered and
    scaled to population variance one by their exact mean and variance (Williams
    1997; Cho and Saul 2009), so that errors are shares of the teacher's variance;
    the noise has variance ``1/snr``. Only the linear teacher of a given
    `Population` is not rescaled.

    Parameters
    ----------
    inputs : int or Population
        Number of independent inputs of variance one; or a population,
        whose eigenvalues are the variances of the inputs.
    n_train : int
        Number of training rows.
    teacher : {"linear", "relu", "tanh", "erf"}, default "relu"
        Kind of teacher.
    teacher_width : int, default 30
        Hidden units of a network teacher.
    teacher_scale : float, default 1.0
        Population standard deviation of a hidden unit's input, which controls
        how nonlinear a tanh or erf teacher is.
    snr : float or None, default None
        Variance of the teacher over that of the noise in the targets. None means
        no noise, or the noise of the population if a linear teacher is given one.
    n_test : int, default 2000
        Number of test rows.
    classify : bool, default False
        Whether the targets are the signs of the teacher as classes 0 and 1. Training
        labels include the noise; test labels are the true classes.
    flip_rate : float, default 0.0
        Share of training labels that are flipped (with `classify`).

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.TeacherStudent(50, n_train=300, teacher="relu", snr=1.0)
    >>> draw = task.draw(0)
    >>> draw.X_train.shape, draw.noise_variance, task.oracle_error
    ((300, 50), 1.0, 1.0)
    """

    inputs: int | Population
    n_train: int
    teacher: str = "relu"
    teacher_width: int = 30
    teacher_scale: float = 1.0
    snr: float | None = None
    n_test: int = 2000
    classify: bool = False
    flip_rate: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, Population):
            _checks.count_fields(self, "inputs")
        _checks.count_fields(self, "n_train", "n_test", "teacher_width")
        _checks.one_of(self.teacher, "teacher", _TEACHERS)
        if self.snr is not None:
            _checks.positive(self.snr, "snr")
        _checks.positive(self.teacher_scale, "teacher_scale")
        _checks.number(self.flip_rate, "flip_rate", most=1.0)
        if self.flip_rate and not self.classify:
            raise ValueError(
                "flip_rate: only class labels can be flipped; set classify=True, or snr"
            )

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.inputs.n_features if isinstance(self.inputs, Population) else self.inputs

    @property
    def n_classes(self) -> int:
        return 2 if self.classify else 0

    @cached_property
    def population(self) -> Population | None:
        """Population for the linear theory; None unless the teacher is linear with real targets."""
        if self.teacher != "linear" or self.classify:
            return None
        if not isinstance(self.inputs, Population):
            return Population.isotropic(self.inputs, np.inf if self.snr is None else self.snr)
        given = self.inputs
        return Population(given.eigenvalues, given.coefficients, self._noise_variance)

    @property
    def oracle_error(self) -> float:
        """Variance of the noise; zero for classes, whose test labels are true."""
        return 0.0 if self.classify else self._noise_variance

    @property
    def _own_linear_teacher(self) -> bool:
        return self.teacher == "linear" and isinstance(self.inputs, Population)

    @property
    def _signal_variance(self) -> float:
        if self._own_linear_teacher and isinstance(self.inputs, Population):
            return self.inputs.signal_variance
        return 1.0

    @property
    def _noise_variance(self) -> float:
        if self.snr is not None:
            return self._signal_variance / self.snr
        if self._own_linear_teacher and isinstance(self.inputs, Population):
            return self.inputs.noise_variance
        return 0.0

    @cached_property
    def _deviations(self) -> FloatArray:
        """Standard deviation of each input."""
        if isinstance(self.inputs, Population):
            return np.sqrt(self.inputs.eigenvalues)
        return np.ones(self.inputs)

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        seed = _checks.seed(seed)
        teacher = self._teacher(stream(seed, TEACHER))
        X_train = self._rows(self.n_train, stream(seed, TRAIN_INPUTS))
        X_test = self._rows(self.n_test, stream(seed, TEST_INPUTS))
        train_signal, test_signal = teacher(X_train), teacher(X_test)
        noise = np.sqrt(self._noise_variance)
        random = stream(seed, TRAIN_NOISE)
        y_train = train_signal + noise * random.standard_normal(self.n_train)
        if self.classify:
            labels, _ = flip_labels((y_train > 0.0).astype(int), 2, self.flip_rate, random)
            flipped = labels != (train_signal > 0.0)
            y_test = (test_signal > 0.0).astype(int)
            return Draw(X_train, labels, X_test, y_test, n_classes=2, flipped=flipped)
        y_test = test_signal + noise * stream(seed, TEST_NOISE).standard_normal(self.n_test)
        return Draw(
            X_train,
            y_train,
            X_test,
            y_test,
            test_signal=test_signal,
            noise_variance=self._noise_variance,
            signal_variance=self._signal_variance,
        )

    def _rows(self, number: int, random: np.random.Generator) -> FloatArray:
        """Draw this number of rows of Gaussian inputs."""
        return random.standard_normal((number, self.n_inputs)) * self._deviations

    def _teacher(self, random: np.random.Generator) -> _Teacher:
        if self._own_linear_teacher and isinstance(self.inputs, Population):
            return _Teacher(self.inputs.coefficients[:, None], np.ones(1), "linear", 0.0)
        units = 1 if self.teacher == "linear" else self.teacher_width
        variances = self._deviations**2
        weights = random.standard_normal((self.n_inputs, units))
        weights *= self.teacher_scale / np.sqrt(variances.sum())
        readout = random.standard_normal(units)
        mean, variance = _moments(weights, readout, variances, self.teacher)
        if not variance > 0.0:
            raise ValueError("teacher: it is constant on these inputs; give inputs that vary")
        readout = readout / np.sqrt(variance)
        return _Teacher(weights, readout, self.teacher, mean / np.sqrt(variance))


@dataclass(frozen=True)
class _Teacher:
    weights: FloatArray
    readout: FloatArray
    kind: str
    mean: float

    def __call__(self, X: FloatArray) -> FloatArray:
        hidden = X @ self.weights
        if self.kind != "linear":
            hidden = as_activation(self.kind).apply(hidden)
        return hidden @ self.readout - self.mean


def _moments(
    weights: FloatArray, readout: FloatArray, variances: FloatArray, kind: str
) -> tuple[float, float]:
    """Mean and variance of a teacher over Gaussian inputs, in closed form."""
    covariance = weights.T @ (variances[:, None] * weights)
    if kind == "linear":
        return 0.0, float(readout @ covariance @ readout)
    own = np.diag(covariance)
    dual = as_activation(kind).dual(covariance, own[:, None], own[None, :])
    # tanh and erf are odd, with mean zero; for relu it is E max(u, 0) of a Gaussian u.
    means = np.sqrt(own / (2.0 * np.pi)) if kind == "relu" else np.zeros_like(own)
    mean = float(readout @ means)
    return mean, float(readout @ dual @ readout) - mean**2
