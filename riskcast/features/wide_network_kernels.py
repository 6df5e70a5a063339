"""The NNGP and NTK kernels as scikit-learn kernels."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel
from sklearn.utils import check_array

from riskcast._validation import count, number, refuse_dates, refuse_masked

from ._types import FloatArray
from .activations.registry import as_activation
from .floating_range import check_entries, check_kernel
from .gram import cross_gram, symmetric_gram
from .kernel_words import in_words
from .network import Network, Signals, kernel_block, propagate


class WideNetworkKernel(Kernel):
    """What the NNGP and NTK kernels share: a scikit-learn kernel, and a callable (A, B) → Gram."""

    activation: Any
    depth: int
    weight_variance: float
    bias_variance: float
    residual: float
    normalize: bool
    weight_variance_bounds: Any
    bias_variance_bounds: Any

    @property
    def hyperparameter_weight_variance(self) -> Hyperparameter:
        """The weight variance, for scikit-learn's optimizer; fixed when zero."""
        bounds = "fixed" if self.weight_variance == 0 else self.weight_variance_bounds
        return Hyperparameter("weight_variance", "numeric", bounds)

    @property
    def hyperparameter_bias_variance(self) -> Hyperparameter:
        """The bias variance; fixed when zero, whose logarithm no optimizer can move."""
        bounds = "fixed" if self.bias_variance == 0 else self.bias_variance_bounds
        return Hyperparameter("bias_variance", "numeric", bounds)

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """Return the Gram matrix.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples_X, n_features)
        Y : array-like or sparse matrix of shape (n_samples_Y, n_features), default=None
            None stands for `X` itself.
        eval_gradient : bool, default=False
            Return the gradient by the logarithms of the hyperparameters too;
            only when `Y` is None.

        Returns
        -------
        K : ndarray of shape (n_samples_X, n_samples_Y)
            Exactly symmetric when `Y` is None or `X`.
        K_gradient : ndarray of shape (n_samples_X, n_samples_X, n_hyperparameters)
            By central differences, to about ten digits; only with
            `eval_gradient`.

        Raises
        ------
        ValueError
            If a parameter is out of range, the inputs are not finite numbers or
            too large or small for floating point, `X` and `Y` differ in their
            features, or a gradient is asked for between two sets.
        """
        network = self._network()
        if Y is not None and eval_gradient:
            raise ValueError("eval_gradient=True with Y given: the gradient needs Y=None.")
        one_set = Y is None or Y is X
        X = self._checked_inputs(X, "X")
        if eval_gradient:
            return self._gram(network, X), self._gradient(X)
        if one_set:
            return self._gram(network, X)
        Y = self._checked_inputs(Y, "Y")
        if X.shape[1] != Y.shape[1]:
            raise ValueError(
                f"X has {X.shape[1]} features and Y has {Y.shape[1]}: both need the same ones."
            )
        if sparse.issparse(X) != sparse.issparse(Y):
            X, Y = sparse.csr_array(X), sparse.csr_array(Y)
        left = self._followed(network, X, "X")
        right = self._followed(network, Y, "Y", left.inputs.origin)
        gram = cross_gram(
            lambda rows, columns: kernel_block(network, left, rows, right, columns),
            X.shape[0],
            Y.shape[0],
        )
        check_kernel(gram, "X", self)
        return gram

    def diag(self, X: Any) -> FloatArray:
        """Return the Gram matrix's diagonal, without the matrix.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self._followed(self._network(), self._checked_inputs(X, "X"), "X").diagonal

    def __repr__(self) -> str:
        return in_words(self, "activation", "depth")

    def is_stationary(self) -> bool:
        """Whether the kernel depends on X - Y alone: no."""
        return False

    def _gram(self, network: Network, X: Any) -> FloatArray:
        signals = self._followed(network, X, "X")
        gram = symmetric_gram(
            lambda rows, columns: kernel_block(network, signals, rows, signals, columns),
            signals.diagonal,
        )
        check_kernel(gram, "X", self)
        return gram

    def _checked_inputs(self, X: Any, name: str) -> Any:
        refuse_masked(X, name)
        refuse_dates(X, name)
        X = check_array(X, accept_sparse="csr", dtype=np.float64, order="C", input_name=name)
        if not self.normalize:
            check_entries(X, name)
        return X

    def _followed(
        self, network: Network, X: Any, name: str, origin: FloatArray | None = None
    ) -> Signals:
        """Inputs followed through the network one by one, where an overflow shows first."""
        with np.errstate(over="ignore", invalid="ignore"):
            signals = propagate(network, X, self.normalize, origin)
        check_kernel(signals.diagonal, name, self)
        return signals

    def _gradient(self, X: Any) -> FloatArray:
        """Central differences in θ, the logarithms of the hyperparameters that are not fixed."""
        theta = self.theta
        # At eps^(1/3) what the difference leaves out and what rounding adds are of one size.
        step = float(np.finfo(np.float64).eps ** (1 / 3))
        gradient = np.empty((X.shape[0], X.shape[0], len(theta)))
        for k, shift in enumerate(step * np.eye(len(theta))):
            upper, lower = (
                self.clone_with_theta(theta + shift),
                self.clone_with_theta(theta - shift),
            )
            gradient[:, :, k] = upper._gram(upper._network(), X)
            gradient[:, :, k] -= lower._gram(lower._network(), X)
            gradient[:, :, k] /= 2.0 * step
        return gradient

    @abstractmethod
    def _network(self) -> Network:
        """The network, its parameters checked."""

    def _checked(self, tangent: bool, width: int | None) -> Network:
        return Network(
            as_activation(self.activation),
            count(self.depth, "depth"),
            number(self.weight_variance, "weight_variance"),
            number(self.bias_variance, "bias_variance"),
            number(self.residual, "residual"),
            tangent,
            width,
        )


class NNGP(WideNetworkKernel):
    """Covariance of a wide random network's output: the prior of its Gaussian process.

    K⁰(x, x') = σ_w² x·x'/p + σ_b², then
    Kˡ⁺¹ = σ_w² E[φ(u)φ(v)] + σ_b² (+ residual² Kˡ between hidden layers), with
    (u, v) Gaussian of covariance Kˡ (Neal, 1996; Lee et al., 2018).

    Parameters
    ----------
    activation : str, Activation or callable, default="relu"
        "relu", "leaky-relu", "abs", "identity", "erf", "gelu", "sin", "cos",
        "tanh", an activation object, or any function of an array.
    depth : int, default=1
        Number of hidden layers.
    weight_variance : float, default=2.0
        σ_w², the variance of a weight times its fan-in.
    bias_variance : float, default=0.0
        σ_b².
    residual : float, default=0.0
        Factor of the skip connection around each hidden layer but the first;
        1 adds the layer's input to its output, 0 leaves it away.
    normalize : bool, default=False
        Move inputs to the sphere of radius √p first; a zero input stays zero.
    weight_variance_bounds, bias_variance_bounds : pair of floats or "fixed"
        Limits for scikit-learn's optimizer, default (1e-5, 1e5). A bias
        variance of zero stays fixed.

    Examples
    --------
    >>> from riskcast.features import NNGP
    >>> NNGP("relu", depth=1)([[1.0, 0.0], [0.0, 2.0]]).round(4)
    array([[1.    , 0.6366],
           [0.6366, 4.    ]])
    """

    def __init__(
        self,
        activation: Any = "relu",
        depth: int = 1,
        *,
        weight_variance: float = 2.0,
        bias_variance: float = 0.0,
        residual: float = 0.0,
        normalize: bool = False,
        weight_variance_bounds: Any = (1e-5, 1e5),
        bias_variance_bounds: Any = (1e-5, 1e5),
    ) -> None:
        self.activation = activation
        self.depth = depth
        self.weight_variance = weight_variance
        self.bias_variance = bias_variance
        self.residual = residual
        self.normalize = normalize
        self.weight_variance_bounds = weight_variance_bounds
        self.bias_variance_bounds = bias_variance_bounds

    def _network(self) -> Network:
        return self._checked(tangent=False, width=None)


class NTK(WideNetworkKernel):
    """Neural tangent kernel: training a wide network by gradient flow is kernel regression with it.

    Θ⁰ = K⁰, then Θˡ⁺¹ = Kˡ⁺¹ + σ_w² Θˡ E[φ'(u)φ'(v)] (+ residual² Θˡ in place of
    residual² Kˡ), beside the recursion of :class:`NNGP` (Jacot, Gabriel and
    Hongler, 2018; Lee et al., 2019).

    Parameters
    ----------
    activation : str, Activation or callable, default="relu"
        "relu", "leaky-relu", "abs", "identity", "erf", "gelu", "sin", "cos",
        "tanh", an activation object, or any function of an array.
    depth : int, default=1
        Number of hidden layers.
    weight_variance : float, default=2.0
        σ_w², the variance of a weight times its fan-in.
    bias_variance : float, default=0.0
        σ_b². At zero the network has no biases.
    residual : float, default=0.0
        Factor of the skip connection around each hidden layer but the first;
        1 adds the layer's input to its output, 0 leaves it away.
    normalize : bool, default=False
        Move inputs to the sphere of radius √p first; a zero input stays zero.
    parametrization : {"ntk", "standard"}, default="ntk"
        What gradients are taken by. "ntk": a weight is σ_w ω/√fan-in and ω is
        trained, a bias is σ_b β and β is trained. "standard": weights and
        biases are trained as they are, so that a layer's share grows with its
        fan-in (Sohl-Dickstein, Novak, Schoenholz and Lee, 2020).
    width : int, default=None
        Hidden width; needed by the standard parametrization alone.
    weight_variance_bounds, bias_variance_bounds : pair of floats or "fixed"
        Limits for scikit-learn's optimizer, default (1e-5, 1e5). A bias
        variance of zero stays fixed.

    Examples
    --------
    >>> from riskcast.features import NTK
    >>> NTK("relu", depth=1)([[1.0, 0.0], [0.0, 2.0]]).round(4)
    array([[2.    , 0.6366],
           [0.6366, 8.    ]])
    """

    def __init__(
        self,
        activation: Any = "relu",
        depth: int = 1,
        *,
        weight_variance: float = 2.0,
        bias_variance: float = 0.0,
        residual: float = 0.0,
        normalize: bool = False,
        parametrization: str = "ntk",
        width: int | None = None,
        weight_variance_bounds: Any = (1e-5, 1e5),
        bias_variance_bounds: Any = (1e-5, 1e5),
    ) -> None:
        self.activation = activation
        self.depth = depth
        self.weight_variance = weight_variance
        self.bias_variance = bias_variance
        self.residual = residual
        self.normalize = normalize
        self.parametrization = parametrization
        self.width = width
        self.weight_variance_bounds = weight_variance_bounds
        self.bias_variance_bounds = bias_variance_bounds

    def _network(self) -> Network:
        if self.parametrization not in ("ntk", "standard"):
            raise ValueError(f"parametrization={self.parametrization!r}: give 'ntk' or 'standard'.")
        if self.parametrization == "ntk":
            return self._checked(tangent=True, width=None)
        if self.width is None:
            raise ValueError(
                "parametrization='standard' needs the hidden width, as in width=1024: "
                "gradients by the plain weights grow with it."
            )
        return self._checked(tangent=True, width=count(self.width, "width"))
