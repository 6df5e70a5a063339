"""
Related rows leak
=================

Leave-one-out is valid only if rows are independent. If there are several rows per patient, site or
photograph, the held-out row leaks through the other rows of its group. ``groups=`` leaves out all
rows of a group together.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc

X, y = load_digits(return_X_y=True)
random = np.random.default_rng(0)
order = random.permutation(len(X))
chosen, test = order[:60], order[60:]

# %%
# The data are sixty digits, with four noisy copies of each, as in data augmentation. The target is
# the digit's number.

copies = np.repeat(chosen, 4)
rows = X[copies] / 16 + 0.05 * random.standard_normal((240, 64))
leaking = rc.risk_path(rows, y[copies], kernel="rbf", scoring="squared_error")
honest = rc.risk_path(rows, y[copies], kernel="rbf", groups=copies, scoring="squared_error")

# %%
# The digits that were not chosen show the true risk.

times = [time for time in honest.times[::6] if 0 < time < np.inf]
models = [rc.GradientFlowRegressor(time=t, kernel="rbf").fit(rows, y[copies]) for t in times]
true = [np.mean((model.predict(X[test] / 16) - y[test]) ** 2) for model in models]

ax = honest.plot().ax_
ax.lines[0].set_label("left out by groups")
finite = np.isfinite(leaking.times) & (leaking.times > 0)
ax.plot(
    leaking.times[finite], leaking.risk[finite], "-.", color="black", label="left out one by one"
)
ax.plot(times, true, "s", color="black", mfc="white", label="new digits")
ax.set(ylim=(0, 14), ylabel="risk (squared error of the digit's number)")
ax.legend()

print(f"best risk left out one by one: {leaking.best_risk:.2f}")
error = honest.standard_error[honest.best_index]
print(f"left out by groups: {honest.best_risk:.1f} ± {error:.1f}")
print(f"on new digits: {min(true):.2f}")
plt.show()
