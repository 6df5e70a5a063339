"""
How many steps? Gradient descent, momentum and acceleration
===========================================================

Gradient flow has a training time; an optimizer has steps. This example computes the exact
leave-one-out risk of three optimizers after each number of steps.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import riskcast as rc

X, y = load_breast_cancer(return_X_y=True)
rows = np.random.default_rng(0).permutation(len(X))[:60]
X, y = StandardScaler().fit_transform(X[rows]), y[rows].astype(float)

largest = np.linalg.eigvalsh(np.cov(X.T, bias=True))[-1]
rate, steps = 0.03 / largest, np.unique(np.geomspace(1, 3000, 60).astype(int))
rules = {
    "gradient descent": rc.GradientDescent(rate, steps),
    "heavy ball, β = 0.9": rc.HeavyBall(rate, 0.9, steps),
    "Nesterov": rc.Nesterov(rate, steps),
}

ax = plt.figure().add_subplot()
for (name, rule), style in zip(rules.items(), ("-", "--", ":"), strict=True):
    path = rc.risk_path(X, y, filter=rule, scoring="squared_error")
    ax.plot(steps, path.risk, style, label=name)
    ax.plot(steps[path.best_index], path.best_risk, "o", color=ax.lines[-1].get_color())
    print(f"{name:20} best after {steps[path.best_index]:4} steps: risk {path.best_risk:.4f}")
ax.axhline(path.untrained_risk, color="0.5", lw=1, ls="-.", label="untrained")
ax.set(xscale="log", xlabel="steps", ylabel="leave-one-out risk (squared error)", ylim=(0, 0.3))
ax.legend()
plt.show()

# %%
# Momentum reaches its best risk sooner and also overtrains sooner. With the number of steps that is
# best for plain gradient descent, it overtrains.
