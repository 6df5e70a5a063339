"""
Stop early or regularize?
=========================

Early stopping resembles weight decay. With uncorrelated features, the best weight decay is never
worse than early stopping, but at most a few percent better. With correlated features, early
stopping can be better.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc

loads = np.sort(np.append(np.geomspace(0.2, 5, 17), [0.95, 1.05, 1.1]))
ax = plt.figure().add_subplot()
for snr, style in ((1, "-"), (10, "--"), (100, "-."), (600, ":")):
    cost = [rc.theory.early_stopping_cost(load, snr) for load in loads]
    ax.plot(loads, 100 * np.array(cost), style, label=f"snr {snr}")
ax.set(xscale="log", xlabel="load (samples per feature)", ylabel="lost by stopping (% of risk)")
ax.set_title("uncorrelated features")
ax.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
ax.xaxis.set_minor_locator(plt.NullLocator())
ax.legend()

# %%
# Now one direction of variance 100 carries the whole target, among 400 directions of variance one.
# There is half a sample per feature. The ledger re-tests this case under
# ``early-stopping-and-weight-decay``.

population = rc.Population.spiked(400, [100.0], snr=100.0, spike_share=1.0)
stopped = rc.theory.risk_curve(population, 200, rc.GradientFlow(np.geomspace(1e-4, 10, 150)))
decayed = rc.theory.risk_curve(population, 200, rc.Ridge(np.geomspace(1e7, 10, 150)))
ax = plt.figure().add_subplot()
for curve, style, label in ((stopped, "-", "stopping"), (decayed, "--", "weight decay")):
    order = np.argsort(curve.times)
    ax.plot(curve.times[order], curve.risk[order], style, label=label)
    ax.plot(curve.best_time, curve.best_risk, "o", color=ax.lines[-1].get_color())
ax.set(xscale="log", xlabel="time, or n / penalty", ylabel="expected squared error")
ax.set(title="one strong, aligned direction", xlim=(1e-3, 20), ylim=(0, 0.05))
ax.legend()

print(f"stopping {stopped.best_risk:.4f}, weight decay {decayed.best_risk:.4f}")
plt.show()
