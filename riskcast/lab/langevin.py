"""Noise of Langevin dynamics, which turns gradient descent into sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from riskcast.lab.jax_network import jax, jnp, ravel_pytree, scaled_by_rates
from riskcast.lab.parametrization import Layer


def shaken(trained: Any, layers: tuple[Layer, ...], key: Any, variance: Any) -> Any:
    """Add Gaussian noise to every trained weight.

    Parameters
    ----------
    trained : TrainableNetwork
    layers : tuple of Layer
        A layer with r times the learning rate gets noise of r times the
        variance, so that the sampled distribution does not depend on the rates.
    key : JAX key
    variance : float
        ``2ηT`` at learning rate η and temperature T (Welling and Teh 2011).
    """
    flat, unravel = ravel_pytree(trained)
    noise = unravel(jnp.sqrt(variance) * jax.random.normal(key, flat.shape, flat.dtype))
    roots = tuple(
        replace(layer, rate=layer.rate**0.5, bias_rate=layer.bias_rate**0.5) for layer in layers
    )
    scaled = scaled_by_rates(noise, roots, adam=False)
    return jax.tree.map(lambda weight, move: weight + move, trained, scaled)
