"""Feature maps and kernels: random features, and the kernels of wide networks.

Every kernel here is a callable (A, B) → Gram matrix, for ``kernel=`` in
riskcast and in scikit-learn, and a kernel for scikit-learn's Gaussian
processes. Every feature map is a scikit-learn transformer.
"""

from __future__ import annotations

from sklearn.kernel_approximation import Nystroem, RBFSampler

from .activations.base import Activation
from .activations.error_function import Erf
from .activations.gaussian_error_linear import GELU
from .activations.hermite import HermiteActivation, Polynomial
from .activations.quadrature import Quadrature
from .activations.rectified import Identity, LeakyReLU, ReLU
from .activations.registry import as_activation
from .activations.sinusoids import Cosine, Sine
from .convolutional_kernel import ConvolutionalNTK
from .criticality import Criticality, criticality
from .names import from_name
from .random_features import RandomFeatures
from .selection import KernelSelection, select_kernel
from .wide_network_kernels import NNGP, NTK

__all__ = [
    "GELU",
    "NNGP",
    "NTK",
    "Activation",
    "ConvolutionalNTK",
    "Cosine",
    "Criticality",
    "Erf",
    "HermiteActivation",
    "Identity",
    "KernelSelection",
    "LeakyReLU",
    "Nystroem",
    "Polynomial",
    "Quadrature",
    "RBFSampler",
    "RandomFeatures",
    "ReLU",
    "Sine",
    "as_activation",
    "criticality",
    "from_name",
    "select_kernel",
]
