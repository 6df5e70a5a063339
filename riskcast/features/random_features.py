"""The hidden layer of a random network as a feature map."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import ClassNamePrefixFeaturesOutMixin as NamedFeatures
from sklearn.utils import check_random_state
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from riskcast.checks import count, number, refuse_dates, refuse_masked, seed

from .activations.registry import as_activation
from .floating_range import check_kernel


class RandomFeatures(NamedFeatures, TransformerMixin, BaseEstimator):
    """Random features √(σ_w²/k) φ(Wx + b) of any activation and any width k.

    The entries of W are Gaussian of variance σ_w²/p, those of b of variance
    σ_b². Inner products of the features converge, with a deviation that
    falls like 1/√k, to the kernel :class:`NNGP` of depth one less its
    read-out's σ_b² (Neal, 1996; Rahimi and Recht, 2008). Fourier features
    are scikit-learn's ``RBFSampler``.

    Parameters
    ----------
    n_components : int, default=100
        Width k, the number of features.
    activation : str, Activation or callable, default="relu"
        As for :class:`NNGP`.
    weight_variance : float, default=2.0
        σ_w².
    bias_variance : float, default=0.0
        σ_b².
    random_state : int, RandomState, Generator or None, default=None
        Seed of the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (n_features, n_components)
    biases_ : ndarray of shape (n_components,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only when `X` has names that are all strings.

    Examples
    --------
    >>> from riskcast.features import RandomFeatures
    >>> X = [[1.0, 0.0], [0.0, 2.0]]
    >>> features = RandomFeatures(100_000, random_state=0).fit_transform(X)
    >>> (features @ features.T).round(1)
    array([[1. , 0.6],
           [0.6, 4. ]])
    """

    def __init__(
        self,
        n_components: int = 100,
        *,
        activation: Any = "relu",
        weight_variance: float = 2.0,
        bias_variance: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.activation = activation
        self.weight_variance = weight_variance
        self.bias_variance = bias_variance
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> RandomFeatures:
        """Draw the weights.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Only its number of features is used.
        y : ignored

        Returns
        -------
        RandomFeatures
            Itself.

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If a parameter is out of range, or `X` is not a table of finite
            numbers.
        """
        width = count(self.n_components, "n_components")
        weight_variance = number(self.weight_variance, "weight_variance")
        bias_variance = number(self.bias_variance, "bias_variance")
        as_activation(self.activation)
        refuse_masked(X, "X")
        refuse_dates(X, "X")
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32])
        given = self.random_state
        if isinstance(given, np.random.Generator):  # which scikit-learn does not take
            given = seed(given)
        random = check_random_state(given)
        n_features = X.shape[1]
        weights = random.standard_normal((n_features, width))
        weights *= np.sqrt(weight_variance / n_features)
        biases = np.sqrt(bias_variance) * random.standard_normal(width)
        self.weights_ = weights.astype(X.dtype, copy=False)
        self.biases_ = biases.astype(X.dtype, copy=False)
        self._n_features_out = width
        return self

    def transform(self, X: Any) -> Any:
        """Map inputs to features.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Of the dtype of `X` where that is float32 or float64.

        Raises
        ------
        ValueError
            If the features overflow that dtype.
        """
        check_is_fitted(self)
        refuse_masked(X, "X")
        refuse_dates(X, "X")
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
        with np.errstate(over="ignore", invalid="ignore"):
            preactivations = safe_sparse_dot(X, self.weights_) + self.biases_
            check_kernel(preactivations, "X", self)
            features = as_activation(self.activation).apply(preactivations)
            features *= np.sqrt(self.weight_variance / self.n_components)
            features = features.astype(X.dtype, copy=False)
        check_kernel(features, "X", self)
        return features

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
