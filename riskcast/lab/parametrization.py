"""Multipliers, initial scales and relative learning rates of layers.

A layer computes ``z = c·(h W) + c_b·b``; entries of W start with standard
deviation s, and its learning rate is r times the common one. The four
parametrizations differ only in c, s and r. With fan-in m (and the width where
it is fan-in or fan-out):

===============  =========  ========  =================  =======================
name             c          s         r, descent         r, Adam
===============  =========  ========  =================  =======================
standard         1          m^(-1/2)  1                  1
ntk              m^(-1/2)   1         1                  1
mean_field       hidden p^(-1/2), read-out 1/width; s = 1; r = width; Adam r = 1
maximal_update   input:     1, p^(-1/2), width, 1
                 hidden:    1, m^(-1/2), 1, 1/m
                 read-out:  1, 1/m, 1/m, 1/m
===============  =========  ========  =================  =======================

Jacot, Gabriel and Hongler 2018 (ntk); Mei, Montanari and Nguyen 2018
(mean_field, one hidden layer); Yang et al. 2022, "Tensor Programs V", table 3
(maximal_update).
"""

from __future__ import annotations

from dataclasses import dataclass

PARAMETRIZATIONS = ("standard", "ntk", "mean_field", "maximal_update")


@dataclass(frozen=True)
class Layer:
    """Sizes and scales of one layer.

    Attributes
    ----------
    fan_in, fan_out : int
    multiplier : float
        Factor by which the product with the weights is multiplied.
    deviation : float
        Standard deviation of the initial weights.
    rate, adam_rate : float
        Learning rate of the weights relative to the common one, for gradient
        methods and for Adam.
    has_bias : bool
    bias_deviation : float
        Standard deviation of the initial biases.
    bias_rate : float
        Learning rate of the biases relative to the common one.
    """

    fan_in: int
    fan_out: int
    multiplier: float
    deviation: float
    rate: float
    adam_rate: float
    has_bias: bool
    bias_deviation: float
    bias_rate: float

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return (self.fan_in + self.has_bias) * self.fan_out


@dataclass(frozen=True)
class Scales:
    """Multiplier, initial deviation and rates of one layer, before the user's factors."""

    multiplier: float
    deviation: float
    rate: float = 1.0
    adam_rate: float = 1.0
    bias_rate: float = 1.0


def scales(parametrization: str, fan_in: int, fan_out: int, place: str) -> Scales:
    """Return the scales of a layer.

    Parameters
    ----------
    parametrization : str
        One of `PARAMETRIZATIONS`.
    fan_in, fan_out : int
    place : {"input", "hidden", "readout", "only"}
        "only" is for a linear model, which has no hidden layer and no width.
    """
    root = fan_in**-0.5
    if parametrization == "standard":
        return Scales(1.0, root)
    if parametrization == "ntk" or place == "only":
        return Scales(root, 1.0)
    if parametrization == "mean_field":
        if place == "readout":
            return Scales(1.0 / fan_in, 1.0, rate=fan_in)
        return Scales(root, 1.0, rate=fan_out, bias_rate=fan_out)
    return {
        "input": Scales(1.0, root, rate=fan_out, bias_rate=fan_out),
        "hidden": Scales(1.0, root, adam_rate=1.0 / fan_in, bias_rate=fan_out),
        "readout": Scales(1.0, 1.0 / fan_in, rate=1.0 / fan_in, adam_rate=1.0 / fan_in),
    }[place]
