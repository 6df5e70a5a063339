"""
Estimating the population behind a sample
=========================================

`Population.from_data` estimates the spectrum, the target and the noise of the population from which
the data were drawn, as far as linear models depend on them. The theory for this population then
predicts the risk at other sample sizes.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc

# %%
# The data are simulated, so the true population is known: 100 columns whose variances follow a
# power law.

truth = rc.Population.power_law(100, capacity=1.0, source=0.5, snr=2.0)
random = np.random.default_rng(0)
X = random.standard_normal((400, 100)) * np.sqrt(truth.eigenvalues)
y = X @ truth.coefficients + np.sqrt(truth.noise_variance) * random.standard_normal(400)

estimate = rc.Population.from_data(X, y)
print(f"noise variance {estimate.noise_variance:.3f}, true {truth.noise_variance:.3f}")
print(f"signal variance {estimate.signal_variance:.3f}, true {truth.signal_variance:.3f}")

# %%
# Compare the expected risk along training for both populations with the leave-one-out risk of the
# sample.

path = rc.risk_path(X, y)
flow = rc.GradientFlow(path.times[:-1])
ax = path.plot().ax_
for population, style, label in ((truth, "-", "truth"), (estimate, "-.", "estimate")):
    curve = rc.theory.risk_curve(population, 400, flow)
    ax.plot(curve.times, curve.risk, style, color="black", lw=1, label=f"theory, {label}")
ax.legend()
plt.show()
