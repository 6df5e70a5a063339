"""
Risk paths of kernel models
===========================

The risk path is as exact for a kernel model as for a linear model. A kernel can be the name of a
scikit-learn kernel, a function of two sets of rows, or the kernel of a wide network.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.preprocessing import StandardScaler

import riskcast as rc
from riskcast.features import NTK

X, y = make_friedman1(250, n_features=10, noise=1.0, random_state=0)
X = StandardScaler().fit_transform(X)


def laplacian(A, B):
    """Return the Gram matrix of two sets of rows."""
    distances = np.abs(A[:, None, :] - B[None, :, :]).sum(axis=2)
    return np.exp(-distances / 10)


kernels = {"linear": None, "RBF": "rbf", "own function": laplacian, "NTK, depth 2": NTK("relu", 2)}
ax = plt.figure().add_subplot()
for (name, kernel), style in zip(kernels.items(), ("-", "--", ":", "-."), strict=True):
    path = rc.risk_path(X, y, kernel=kernel)
    finite = np.isfinite(path.times) & (path.times > 0)
    fastest = path.eigenvalues[-1] / len(y)  # the rate at which the first direction is learned
    relative = path.times[finite] * fastest
    ax.plot(relative, path.risk[finite], style, label=f"{name}: {path.best_risk:.1f}")
ax.axhline(1.0, color="0.5", lw=1, label="noise floor")
ax.set(xscale="log", xlabel="training time, in units of each kernel's first direction")
ax.set(ylabel="leave-one-out risk (squared error)", ylim=(0, 30))
ax.legend(title="kernel: best risk")
plt.show()

# %%
# Times are rescaled because each kernel has its own time scale. To choose between kernels, use
# `riskcast.features.select_kernel`, which selects the one with the smallest risk.
