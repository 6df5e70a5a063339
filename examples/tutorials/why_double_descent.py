"""
For students: why does double descent happen?
=============================================

More data should help. But as samples are added, a model trained to the end gets worse before it
gets better again. This tutorial explains why, on images of digits, in five minutes. Change a number
and run it again.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc

# %%
# Observe double descent
# ----------------------
# The task is to tell whether a handwritten digit is even. The model has one weight for each of 50
# pixels and is fitted by least squares. We train on n digits and test on all others, for many n.

X, y = load_digits(return_X_y=True)
pixels = np.argsort(X.std(axis=0))[-50:]
X, y = X[:, pixels] / 16, np.where(y % 2 == 0, 1.0, -1.0)


def test_error(n, time, seed):
    """Squared error on unseen digits after training on n digits up to a given time."""
    order = np.random.default_rng(seed).permutation(len(y))
    rows, others = order[:n], order[n:]
    model = rc.GradientFlowRegressor(time=time).fit(X[rows], y[rows])
    return np.mean((model.predict(X[others]) - y[others]) ** 2)


sizes = np.array([10, 20, 30, 40, 46, 51, 56, 65, 80, 120, 200, 400])
to_the_end = [np.median([test_error(n, np.inf, seed) for seed in range(15)]) for n in sizes]

ax = plt.figure().add_subplot()
ax.plot(sizes, to_the_end, "o-", label="trained to the end")
ax.axvline(51, color="0.5", ls=":", label="as many rows as weights")
ax.set(
    xscale="log", yscale="log", xlabel="rows trained on", ylabel="squared error on unseen digits"
)
ax.legend()
for place in (1, 5, 11):
    print(f"{sizes[place]:3} rows: squared error {to_the_end[place]:.2f}")

# %%
# The model has 50 weights and an intercept, so at 51 rows it can just fit every label. There the
# error is largest.
#
# Look at the directions of the data
# ----------------------------------
# Training acts separately on each principal direction of the data. Along a direction of variance λ,
# it learns the share 1 - exp(-λt) by time t: strong directions quickly, weak ones slowly. How weak
# is the weakest direction?

figure, ax = plt.subplots()
for n, style in ((20, ":"), (51, "-"), (400, "--")):
    rows = np.random.default_rng(0).permutation(len(y))[:n]
    path = rc.risk_path(X[rows], y[rows], scoring="squared_error")
    variances = path.eigenvalues[::-1] / n
    ax.plot(np.arange(1, len(variances) + 1), variances, style, label=f"{n} rows")
    print(f"{n:3} rows: weakest of {len(variances)} directions has variance {variances[-1]:.1e}")
ax.set(yscale="log", xlabel="direction, strongest first", ylabel="variance in the training rows")
ax.legend()

# %%
# With few rows there are few directions, all with large variance. With many rows, even the weakest
# direction is well determined. In between, where the number of rows equals the number of weights,
# the last directions have almost no variance: the data say almost nothing about them.
#
# A weak direction amplifies noise
# --------------------------------
# Fitting label noise along a direction of variance λ takes a weight proportional to 1/√λ. If λ is
# close to zero, this weight is huge. New digits do vary along this direction, so the weight causes
# huge errors. But such a direction is learned late, at t ≈ 1/λ. Early stopping therefore avoids
# these errors.
#
# Early stopping removes the peak
# -------------------------------

stopped = [np.median([test_error(n, None, seed) for seed in range(15)]) for n in sizes]

ax = plt.figure().add_subplot()
ax.plot(sizes, to_the_end, "o-", label="trained to the end")
ax.plot(sizes, stopped, "^--", label="stopped at the best time")
ax.axvline(51, color="0.5", ls=":", label="as many rows as weights")
ax.set(
    xscale="log", yscale="log", xlabel="rows trained on", ylabel="squared error on unseen digits"
)
ax.legend()

# %%
# ``time=None`` finds the best time by exact leave-one-out, from the training rows alone. This is
# the risk along training at the peak:

rows = np.random.default_rng(0).permutation(len(y))[:51]
path = rc.risk_path(X[rows], y[rows], scoring="squared_error")
path.plot().ax_.set_title("51 rows, 50 weights and an intercept")
print(f"best {path.best_risk:.2f} at t = {path.best_time:.2g}; at the end {path.final_risk:.0f}")

# %%
# What the theory says
# --------------------
# For infinitely many, uncorrelated features there is a formula (Advani, Saxe and Sompolinsky 2020).
# At load α = n/p, with noise of variance σ², the final error is infinite at α = 1 and finite on
# either side:

for load in (0.5, 0.9, 1.0, 1.1, 2.0):
    final = rc.theory.final_risk(load, snr=5.0)
    best = rc.theory.optimal_stopping(load, snr=5.0)
    print(f"α = {load}: to the end {final:5.2f}, stopped at t = {best.value:4.1f}: {best.risk:.2f}")

plt.show()

# %%
# Next, :doc:`/gallery/double_descent` compares the theoretical curve with simulated points, and
# :doc:`/guide/theory` explains the formulas. Things to try: flip some labels, take other pixels, or
# set ``weight_decay=`` instead of stopping.
