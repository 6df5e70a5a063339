"""
Plateaus and drops of a deep linear network
===========================================

Two linear layers compute the same functions as one, but training is different: the error stays on a
plateau and then drops suddenly, and strong directions are learned first. Lines are theory (Saxe,
McClelland and Ganguli 2014; for noisy data, the library's own closure). Points are networks trained
by the lab.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc
from riskcast import lab

# %%
# Without noise, every mode follows its own sigmoid. Strong modes rise first. With initial weights
# ten thousand times smaller, all modes start to rise later, but then rise just as fast.

times = np.linspace(0, 14, 400)
ax = plt.figure().add_subplot()
for start, style in ((1e-2, "-"), (1e-6, "--")):
    strengths = rc.theory.mode_strength(times, [1.0, 1.0, 1.0], [2.0, 1.0, 0.5], 2, start)
    for mode, shade in zip(strengths.T, ("0.0", "0.4", "0.7"), strict=True):
        ax.plot(times, mode, style, color=shade)
    ax.plot([], [], style, color="black", label=f"from {start:g}")
ax.set(xlabel="training time", ylabel="strength of a mode", title="two layers, no noise")
ax.legend(loc="lower right")

# %%
# With noise, depth delays the drop of the error, and overtraining still occurs. The points are the
# mean of eight two-layer networks of 100 units. The theory starts from balanced weights. The
# networks start from random weights, scaled to have the same strength along the initial gradient.

power = 1e-2
times = np.geomspace(0.05, 80, 120)
ax = plt.figure().add_subplot()
for depth, style in ((1, "-"), (2, "--"), (3, "-.")):
    curve = rc.theory.deep_linear_risk_curve(1.5, 4.0, times, depth, init_power=power)
    ax.plot(times, curve.risk, style, label=f"depth {depth}, theory")
    final = 1 + curve.overtraining
    print(f"depth {depth}: best time {curve.best_time:.1f}, final over best risk {final:.2f}")

task = lab.TeacherStudent(100, n_train=150, teacher="linear", snr=4.0, n_test=1000)
student = lab.FullyConnected(
    width=100,
    activation="identity",
    parametrization="standard",
    init_scale=(power / 4) ** 0.25,
)
run = lab.train(task, student, seed=range(8), steps=2000, learning_rate=0.04, n_records=30)
mean, error = run.mean("test_error")[1:], run.standard_error("test_error")[1:]
ax.errorbar(run.times[0, 1:], mean, error, fmt="o", color="black", ms=4, label="depth 2, networks")
ax.set(xscale="log", xlabel="training time", ylabel="expected squared error")
ax.set(title="noisy samples, snr 4", ylim=(0, None))
ax.legend()
plt.show()
