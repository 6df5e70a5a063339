"""Regression with the tangent kernel, against gradient flow in small steps."""

import numpy as np
import pytest

pytest.importorskip("jax", reason="networks need the extra [lab]")

from riskcast import lab
from riskcast.studies.tangent_regression import tangent_regression


def test_it_is_gradient_flow_of_the_network_made_linear():
    draw = lab.TeacherStudent(3, n_train=8, n_test=5).draw(0)
    network = lab.FullyConnected(width=40).network(1, 3)
    outputs = network(draw.X_train)[:, 0]
    moved = np.zeros(5)
    gram = network.tangent_kernel(draw.X_train)
    across = network.tangent_kernel(draw.X_test, draw.X_train)
    step, steps = 1e-3, 2000
    for _ in range(steps):  # Heun's method on outputs, which their own kernel moves
        slope = (draw.y_train - outputs) / 8
        later = slope - step * gram @ slope / 8
        moved = moved + step * across @ (slope + later) / 2.0
        outputs = outputs + step * gram @ (slope + later) / 2.0
    found = tangent_regression(draw, network, [0.0, step * steps])
    np.testing.assert_array_equal(found[0], 0.0)
    np.testing.assert_allclose(found[1], moved, rtol=1e-4, atol=1e-6)


def test_directions_without_kernel_do_no_harm():
    draw = lab.TeacherStudent(2, n_train=30, n_test=5).draw(0)
    network = lab.FullyConnected(depth=0, parametrization="standard").network(1, 2)
    found = tangent_regression(draw, network, [1e12])[0] + network(draw.X_test)[:, 0]
    weights = np.linalg.lstsq(draw.X_train, draw.y_train, rcond=None)[0]
    np.testing.assert_allclose(found, draw.X_test @ weights, rtol=1e-3, atol=1e-3)
