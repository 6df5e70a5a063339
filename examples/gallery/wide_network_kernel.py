"""
A wide network is a kernel
==========================

The tangent kernel of a wide network hardly changes during training (Jacot, Gabriel and Hongler
2018). The exact risk path of this kernel therefore predicts the network's test error from the
training rows alone. Points are networks trained by the lab; lines are computed without any test
rows.
"""

import matplotlib.pyplot as plt
import numpy as np

from riskcast import lab

task = lab.TeacherStudent(10, n_train=60, teacher="relu", snr=2.0, n_test=1000)
training = {"rule": "gradient_descent", "steps": 400, "learning_rate": 1.0, "relative": True}

figure, axes = plt.subplots(1, 2, sharey=True, figsize=(9.6, 3.8))
for ax, width in zip(axes, (20, 1000), strict=True):
    student = lab.FullyConnected(width=width, activation="erf", readout_scale=1.0)
    found = lab.predict(task, student, seed=range(12), n_records=25, **training)
    found.plot(ax)
    ax.set(title=f"{width} units")
    ax.legend(fontsize="small")
    worst = np.abs(found.deviations()).max()
    print(f"{width:5} units: network and kernel differ by up to {worst:.1f} standard errors")

plt.show()

# %%
# Late in training, the narrow network deviates from its kernel. For the wide network, the deviation
# is within the variation of twelve seeds. Leave-one-out also trains on one row fewer out of sixty.
