"""
Wider is better with early stopping
===================================

The model is a random hidden layer with a trained read-out. When it is trained to the end, the error
peaks where the number of units equals the number of samples. When it is stopped at the best time,
more units help. The data are 150 digits. Circles and triangles are exact leave-one-out risks;
squares are errors on unseen digits.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc
from riskcast.features import RandomFeatures

X, y = load_digits(return_X_y=True)
X, y = X / 16, np.where(y >= 5, 1.0, -1.0)
widths = np.array([10, 20, 40, 75, 110, 140, 150, 165, 200, 300, 600, 1200])
draws, n, last = 12, 150, 1e6
best, ended, unseen = (np.empty((len(widths), draws)) for _ in range(3))
for place, width in enumerate(widths):
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(y))
        hidden = RandomFeatures(width, random_state=draw).fit_transform(X)
        rows, others = order[:n], order[n:]
        path = rc.risk_path(
            hidden[rows], y[rows], times=np.geomspace(0.1, last, 60), scoring="squared_error"
        )
        best[place, draw], ended[place, draw] = path.best_risk, path.final_risk
        model = rc.GradientFlowRegressor(time=last).fit(hidden[rows], y[rows])
        unseen[place, draw] = np.mean((model.predict(hidden[others]) - y[others]) ** 2)

# %%

ax = plt.figure().add_subplot()
ax.plot(widths, np.median(ended, axis=1), "o-", label="to the end, leave-one-out")
ax.plot(
    widths, np.median(unseen, axis=1), "s", color="black", mfc="white", label="same, unseen digits"
)
ax.plot(widths, np.median(best, axis=1), "^--", label="best time, leave-one-out")
ax.axvline(n, color="0.5", ls=":", lw=1, label="as many units as rows")
ax.set(xscale="log", yscale="log", xlabel="hidden units", ylabel="risk (squared error, median)")
ax.legend()

# %%
# Theory confirms that the width is the cause. `riskcast.theory.random_feature_risk_curve` gives the
# same result for a population, without sampling (Simon, Karkada, Ghosh and Belkin 2024, at equal
# penalties).

population = rc.Population.power_law(2000, capacity=1.5, source=0.5, snr=10.0)
flow = rc.GradientFlow(np.geomspace(1, 1e7, 60))
for width in (50, 110, 450, 5000):
    curve = rc.theory.random_feature_risk_curve(population, 150, width, flow)
    print(f"{width:5} units: best {curve.best_risk:.3f}, to the end {curve.risk[-1]:.3f}")

plt.show()
