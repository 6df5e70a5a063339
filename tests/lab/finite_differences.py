"""Derivatives by steps to both sides, for comparison with the lab's own."""

from dataclasses import replace

import numpy as np


def derivative(function, array, step=1e-5):
    """By each entry of an array; entries first, what the function returns after them."""
    found = []
    for place in np.ndindex(array.shape):
        ends = []
        for shift in (step, -step):
            moved = array.copy()
            moved[place] += shift
            ends.append(np.asarray(function(moved)))
        found.append((ends[0] - ends[1]) / (2.0 * step))
    return np.reshape(found, (*array.shape, *found[0].shape))


def by_trained_arrays(network, function):
    """Of function(network) by weights, then biases of trained layers: name, index, derivative."""
    for name in ("weights", "biases"):
        arrays = getattr(network, name)
        for index in network.trained_layers if arrays else ():

            def moved(array, name=name, index=index, arrays=arrays):
                changed = (*arrays[:index], array, *arrays[index + 1 :])
                return function(replace(network, **{name: changed}))

            yield name, index, derivative(moved, arrays[index])
