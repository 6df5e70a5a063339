"""scikit-learn estimators with early stopping by leave-one-out risk."""

from __future__ import annotations

import numbers
import warnings
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from riskcast._threads import threads_for_rows
from riskcast.filters import GradientFlow
from riskcast.path import RiskPath
from riskcast.path._column_rounding import column_means
from riskcast.path._factorization import Factorization
from riskcast.path._risk_path import path_of_task
from riskcast.path._scoring import (
    Scoring,
    check_scoring,
    predicted_labels,
    second_class_margin,
)
from riskcast.path._sparse_rows import CentredRows, sparse_means
from riskcast.path._task import Task, scores_classes
from riskcast.path._validation import (
    Kernel,
    check_labels,
    gram_matrix,
    refuse_sample_weight,
    refuse_what_is_no_number,
)

__all__ = ["GradientFlowClassifier", "GradientFlowRegressor"]

FloatArray = NDArray[np.float64]


class _GradientFlowEstimator(BaseEstimator):
    """Base class of the regressor and the classifier."""

    def __init__(
        self,
        time: float | None = None,
        kernel: Kernel = None,
        fit_intercept: bool = True,
        weight_decay: float = 0.0,
    ) -> None:
        self.time = time
        self.kernel = kernel
        self.fit_intercept = fit_intercept
        self.weight_decay = weight_decay

    def _fit_path(self, X: Any, y: Any, groups: Any, task: Task) -> None:
        """Find the stopping time and compute the weights at that time."""
        with threads_for_rows(X, self.kernel):
            self._stop_and_keep(X, y, groups, task)
        for doubt in self.risk_path_._problem.doubts:
            warnings.warn(doubt, UserWarning, stacklevel=3)

    def _stop_and_keep(self, X: Any, y: Any, groups: Any, task: Task) -> None:
        times = None if self.time is None else [self._checked_time()]
        path = path_of_task(
            X,
            y,
            task,
            times=times,
            kernel=self.kernel,
            fit_intercept=self.fit_intercept,
            groups=groups,
            weight_decay=self.weight_decay,
        )
        self.risk_path_: RiskPath = path
        self.stopping_time_ = path.best_time
        data, targets = path._problem.data, path._problem.targets
        stop = GradientFlow([self.stopping_time_], self.weight_decay)
        shares = stop.shrinkage(data.eigenvalues, data.n_samples)[0]
        learned = shares[:, None] * data.coefficients(targets)
        mean = targets.mean(axis=0) if data.centred else np.zeros(targets.shape[1])
        self._fitted_kernel = "linear" if self.kernel is None else self.kernel
        if self._fitted_kernel == "linear":
            self._keep_coefficients(X, data, learned, mean)
        else:
            self._keep_dual_weights(X, data, learned, mean)

    def _keep_coefficients(
        self, X: Any, data: Factorization, learned: FloatArray, mean: FloatArray
    ) -> None:
        """Store the weights on the columns, and the prediction at the origin."""
        sparse = scipy.sparse.issparse(X)
        origin = np.zeros(X.shape[1])
        if data.centred:
            origin = sparse_means(X) if sparse else column_means(X)
        rows = CentredRows(X, origin) if sparse else X - origin
        if sparse and X.shape[1] > X.shape[0]:  # directions (columns × rows) would fill memory
            weights = rows.T @ _dual_weights(data, learned)
        else:
            weights = data.directions(rows) @ (learned / np.sqrt(data.eigenvalues)[:, None])
        self._coefficients: FloatArray | None = weights
        self._offsets = mean - origin @ weights

    def _keep_dual_weights(
        self, X: Any, data: Factorization, learned: FloatArray, mean: FloatArray
    ) -> None:
        """Store the weights on the kernel with each row, and the rows."""
        self._coefficients = None  # discard those of an earlier linear fit
        # A copy, so that later changes to the caller's rows do not change predictions.
        self._rows = None if self._fitted_kernel == "precomputed" else X.copy()
        self._dual = _dual_weights(data, learned)
        self._offsets = mean
        if data.centred:
            self._offsets = mean - gram_matrix(self.kernel, X).mean(axis=0) @ self._dual

    def _outputs(self, X: Any) -> FloatArray:
        """Predictions of the internal targets, shape (n_rows, outputs)."""
        check_is_fitted(self)
        refuse_what_is_no_number(X, "X")
        X = validate_data(
            self, X, accept_sparse="csr", dtype=np.float64, reset=False, ensure_min_samples=1
        )
        kernel = self._fitted_kernel
        with threads_for_rows(X, kernel):
            if kernel == "linear":
                return np.asarray(X @ self._coefficients + self._offsets)
            if kernel == "precomputed":
                return X @ self._dual + self._offsets
            return gram_matrix(kernel, X, self._rows) @ self._dual + self._offsets

    def _linear_weights(self) -> FloatArray:
        """Weights on the columns, shape (n_features, outputs)."""
        weights = getattr(self, "_coefficients", None)
        if weights is None:
            raise AttributeError("coef_ and intercept_ exist only for fitted linear models")
        return weights

    def _linear_offsets(self) -> FloatArray:
        """Prediction of a linear model at the origin, shape (outputs,)."""
        self._linear_weights()
        return self._offsets

    def _checked_time(self) -> float:
        try:
            time = float(self.time)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            time = np.nan
        if not time >= 0.0:
            raise ValueError(f"time: must be a number >= 0 or None, got {self.time!r}")
        return time

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags


class _CheckedScore:
    """Adds validation to scikit-learn's `score`, which would treat masked targets as data."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R² for regression, or the accuracy for classification.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_rows, n_features)
            Test data; for ``kernel="precomputed"``, the kernel between test and training
            rows, of shape (n_rows, n_samples).
        y : array_like of shape (n_rows,) or (n_rows, outputs)
            Targets or class labels.
        sample_weight : array_like of shape (n_rows,), optional
            Sample weights of the score.

        Returns
        -------
        float
        """
        refuse_what_is_no_number(y, "y")
        return super().score(X, y, sample_weight)  # type: ignore[misc]


def _dual_weights(data: Factorization, learned: FloatArray) -> FloatArray:
    """Dual weights, on inner products with the rows, shape (n_samples, outputs)."""
    weights = data.vectors @ (learned / data.eigenvalues[:, None])
    # They sum to zero up to rounding, which small eigenvalues magnify without bound.
    return weights - weights.mean(axis=0) if data.centred else weights


def _refuse_others(unsupported: dict[str, Any]) -> None:
    """Raise for unsupported arguments of `fit`.

    If `fit` had a parameter named `sample_weight`, scikit-learn would treat it as supported.
    """
    refuse_sample_weight(unsupported.pop("sample_weight", None))
    if unsupported:
        raise TypeError(
            f"{next(iter(unsupported))}: is not an argument of fit; pass X, y and groups only"
        )


def _are_large_integers(y: NDArray[Any]) -> bool:
    """Whether labels are Python integers in an object array, as beyond 64 bits."""
    return y.dtype == object and all(isinstance(label, numbers.Integral) for label in y)


class GradientFlowRegressor(
    _CheckedScore, MultiOutputMixin, RegressorMixin, _GradientFlowEstimator
):
    """Linear or kernel regression by gradient flow, stopped by leave-one-out risk.

    The model is that of gradient flow from zero weights (full-batch gradient descent
    with small steps) at the stopping time, computed in closed form. The stopping time
    minimizes the exact leave-one-out risk, so no validation set is needed. Sample
    weights are not supported yet.

    Parameters
    ----------
    time : float or None, default None
        Stopping time; ``inf`` trains to convergence. If None, the time with the smallest
        leave-one-out risk is used.
    kernel : None, str or callable, default None
        Kernel, as in `risk_path`. None for a linear model.
    fit_intercept : bool, default True
        Whether to fit an intercept.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.

    Attributes
    ----------
    stopping_time_ : float
        Time at which training was stopped.
    risk_path_ : RiskPath
        Leave-one-out risk along training.
    coef_ : ndarray of shape (n_features,) or (outputs, n_features)
        Weights, for linear models.
    intercept_ : float or ndarray of shape (outputs,)
        Intercept, for linear models.
    n_features_in_ : int
        Number of features seen during `fit`.

    See Also
    --------
    risk_path : Leave-one-out risk at all training times.

    Examples
    --------
    >>> import riskcast as rc
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = rc.GradientFlowRegressor().fit(X, y)
    >>> model.predict(X[:2]).shape
    (2,)
    """

    def fit(self, X: Any, y: Any, *, groups: Any = None, **unsupported: Any) -> Self:
        """Fit the model and choose the stopping time.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_samples, n_features)
            Training data, or a Gram matrix of shape (n_samples, n_samples) for
            ``kernel="precomputed"``.
        y : array_like of shape (n_samples,) or (n_samples, outputs)
            Targets.
        groups : array_like of shape (n_samples,), optional
            Group labels; the rows of a group are held out together.
        **unsupported
            Any other argument, including `sample_weight`, raises a TypeError.

        Returns
        -------
        GradientFlowRegressor
            The fitted estimator.
        """
        _refuse_others(unsupported)
        refuse_what_is_no_number(X, "X")
        refuse_what_is_no_number(y, "y")
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=np.float64,
            multi_output=True,
            y_numeric=True,
            ensure_min_samples=2,
        )
        self._single_output = y.ndim == 1
        self._fit_path(X, y, groups, Task("squared_error", False, "the estimator is a regressor"))
        return self

    def predict(self, X: Any) -> FloatArray:
        """Predict targets.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_rows, n_features)
            Test data; for ``kernel="precomputed"``, the kernel between test and training
            rows, of shape (n_rows, n_samples).

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, outputs)
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if self._single_output else outputs

    @property
    def coef_(self) -> FloatArray:
        """Weights of a linear model."""
        weights = self._linear_weights()
        return weights[:, 0] if self._single_output else weights.T

    @property
    def intercept_(self) -> float | FloatArray:
        """Intercept of a linear model."""
        offsets = self._linear_offsets()
        return float(offsets[0]) if self._single_output else offsets


class GradientFlowClassifier(_CheckedScore, ClassifierMixin, _GradientFlowEstimator):
    """Least-squares classification by gradient flow, stopped by leave-one-out error.

    The stopping time minimizes the leave-one-out risk, so no validation set is
    needed. One-hot targets are regressed and the class with the largest output is
    predicted; ties go to the first class. With an intercept, training starts from
    the class priors. The outputs are scores, not calibrated probabilities. Sample
    weights are not supported yet.

    Parameters
    ----------
    time : float or None, default None
        Stopping time; ``inf`` trains to convergence. If None, the time with the smallest
        leave-one-out risk is used.
    kernel : None, str or callable, default None
        Kernel, as in `risk_path`. None for a linear model.
    fit_intercept : bool, default True
        Whether to fit an intercept.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.
    scoring : str or callable, default "error_rate"
        Risk that the stopping time minimizes: "error_rate", or a scikit-learn
        classification scorer or its name, whose score is negated.

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
        Class labels.
    stopping_time_ : float
        Time at which training was stopped.
    risk_path_ : RiskPath
        Leave-one-out risk along training.
    coef_ : ndarray of shape (outputs, n_features)
        Weights, for linear models. For two classes there is one output: half the
        difference of the outputs of the second and the first class.
    intercept_ : ndarray of shape (outputs,)
        Intercepts, for linear models; ``X @ coef_.T + intercept_`` is the
        `decision_function`.
    n_features_in_ : int
        Number of features seen during `fit`.

    See Also
    --------
    risk_path : Leave-one-out risk at all training times.

    Examples
    --------
    >>> import riskcast as rc
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_wine(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), rc.GradientFlowClassifier()).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    """

    def __init__(
        self,
        time: float | None = None,
        kernel: Kernel = None,
        fit_intercept: bool = True,
        weight_decay: float = 0.0,
        scoring: Scoring = "error_rate",
    ) -> None:
        super().__init__(time, kernel, fit_intercept, weight_decay)
        self.scoring = scoring

    def fit(self, X: Any, y: Any, *, groups: Any = None, **unsupported: Any) -> Self:
        """Fit the model and choose the stopping time.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_samples, n_features)
            Training data, or a Gram matrix of shape (n_samples, n_samples) for
            ``kernel="precomputed"``.
        y : array_like of shape (n_samples,)
            Class labels.
        groups : array_like of shape (n_samples,), optional
            Group labels; the rows of a group are held out together.
        **unsupported
            Any other argument, including `sample_weight`, raises a TypeError.

        Returns
        -------
        GradientFlowClassifier
            The fitted estimator.
        """
        _refuse_others(unsupported)
        refuse_what_is_no_number(X, "X")
        refuse_what_is_no_number(y, "y")
        labels = y if y is None else check_labels(y, "y")
        X, y = validate_data(
            self, X, labels, accept_sparse="csr", dtype=np.float64, ensure_min_samples=2
        )
        if not _are_large_integers(y):  # scikit-learn does not accept them as labels
            check_classification_targets(y)
        task = Task(self._class_scoring(), True, "the estimator is a classifier")
        self._fit_path(X, y, groups, task)
        self.classes_: NDArray[Any] = np.unique(y)
        return self

    def _class_scoring(self) -> Scoring:
        check_scoring(self.scoring)
        if scores_classes(self.scoring) is False:
            raise ValueError(
                f"scoring: {self.scoring!r} is a regression score; use 'error_rate' or a "
                "scikit-learn classification scorer"
            )
        return self.scoring

    def decision_function(self, X: Any) -> FloatArray:
        """Compute the class scores.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_rows, n_features)
            Test data; for ``kernel="precomputed"``, the kernel between test and training
            rows, of shape (n_rows, n_samples).

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, classes)
            One score per class. For two classes, half the difference of the outputs of
            the second and the first class; positive values predict the second class.
        """
        outputs = self._outputs(X)
        return second_class_margin(outputs) if len(self.classes_) == 2 else outputs

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict class labels.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (n_rows, n_features)
            Test data; for ``kernel="precomputed"``, the kernel between test and training
            rows, of shape (n_rows, n_samples).

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        outputs = self._outputs(X)
        return self.classes_[predicted_labels(outputs)]

    @property
    def coef_(self) -> FloatArray:
        """Weights of a linear model."""
        weights = self._linear_weights()
        if weights.shape[1] == 2:  # two classes without an intercept, as in `second_class_margin`
            return 0.5 * (weights[:, 1:] - weights[:, :1]).T
        return weights.T

    @property
    def intercept_(self) -> FloatArray:
        """Intercepts of a linear model."""
        offsets = self._linear_offsets()
        return offsets if len(self.classes_) > 2 else second_class_margin(offsets)[None]
