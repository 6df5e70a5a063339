"""Random features: the hidden layer of a random network as a scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.base import ClassNamePrefixFeaturesOutMixin as NamedFeatures
from sklearn.utils import check_random_state
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from riskcast._validation import count, number, refuse_dates, refuse_masked, seed

from .activations.registry import as_activation
from .floating_range import check_kernel


class RandomFeatures(NamedFeatures, TransformerMixin, BaseEstimator):
    """Random features √(σ_w²/k) φ(Wx + b) with any activation φ and width k.

    The entries of W are Gaussian with variance σ_w²/p, those of b with variance
    σ_b². Inner products of the features converge to the kernel :class:`NNGP` of
    depth one, without the σ_b² of its read-out; the deviation falls like 1/√k
    (Neal, 1996; Rahimi and Recht, 2008). For Fourier features use scikit-learn's
    ``RBFSampler``.

    Parameters
    ----------
    n_components : int, default=100
        Width k, the number of features.
    activation : str, Activation or callable, default="relu"
        Activation φ; see :class:`NNGP`.
    weight_variance : float, default=2.0
        Variance σ_w² of the weights, times the number of inputs.
    bias_variance : float, default=0.0
        Variance σ_b² of the biases.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the weights.

    Attributes
    ----------
    weights_ : ndarray of shape (n_features, n_components)
        Transpose of W.
    biases_ : ndarray of shape (n_components,)
        The vector b.
    n_features_in_ : int
        Number p of input features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the input features; only if all names are strings.

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
            The fitted transformer.

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If a parameter is out of its range, or `X` is not a 2-D array of finite
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
        if isinstance(given, np.random.Generator):  # not supported by scikit-learn
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
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Features; float32 if `X` is float32, otherwise float64.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        ValueError
            If `X` is not a 2-D array of finite numbers, or does not have the number of
            features seen in `fit`, or the features overflow their dtype.
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
