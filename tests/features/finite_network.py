"""Finite random networks with exact gradients; the kernels are limits of these."""

import numpy as np


def random_weights(n_inputs, width, depth, rng):
    """Standard normal weights and biases, to be shared by every network of this shape."""
    fan_ins = [n_inputs] + [width] * (depth - 1)
    matrices = [rng.standard_normal((width, f), dtype=np.float32) for f in fan_ins]
    biases = [rng.standard_normal(width, dtype=np.float32) for _ in fan_ins]
    return matrices, biases, rng.standard_normal(width, dtype=np.float32)


def empirical_kernels(X, weights, phi, dphi, wv, bv, skip=0.0, standard=False):
    """Output covariance given the hidden weights, and inner products of the output's gradients."""
    matrices, biases, readout = weights
    depth, (n, p) = len(matrices), X.shape
    z = np.sqrt(wv / p) * (matrices[0] @ X.T) + np.sqrt(bv) * biases[0][:, None]
    inputs, signals = [X.T], [z]
    for matrix, bias in zip(matrices[1:], biases[1:], strict=True):
        h = phi(z)
        inputs.append(h)
        z = (
            skip * z
            + np.sqrt(wv / len(h)) * (matrix @ h.astype(np.float32))
            + np.sqrt(bv) * bias[:, None]
        )
        signals.append(z)
    h = phi(z)
    width = len(h)
    nngp = wv * h.T @ h / width + bv

    def weight_part(h):
        return h.T @ h * (1.0 if standard else wv / len(h))

    bias_part = (1.0 if standard else bv) if bv > 0 else 0.0
    ntk = weight_part(h) + bias_part
    back = np.sqrt(wv / width) * readout[:, None] * np.ones((1, n))
    back = back * dphi(signals[-1])
    for layer in range(depth - 1, -1, -1):
        # `back` is the gradient with respect to the preactivations of this layer.
        ntk = ntk + (back.T @ back) * (weight_part(inputs[layer]) + bias_part)
        if layer:
            through = np.sqrt(wv / width) * (matrices[layer].T @ back.astype(np.float32))
            back = skip * back + through * dphi(signals[layer - 1])
    return nngp, ntk
