"""Newton's method for analytic equations in the complex plane, vectorized over targets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]
Equation = Callable[[ComplexArray], tuple[ComplexArray, ComplexArray]]

_STEPS = 80  # usually ten are enough; hard targets need more
_TINY = 1e-14  # relative step at the level of rounding
_SOLVED = 1e-9  # relative step that indicates convergence


def solve_from_afar(
    equation: Equation, targets: ComplexArray, guess: Callable[[ComplexArray], ComplexArray]
) -> ComplexArray:
    """Solve ``value(x) = target`` on the branch that continues the one at infinity.

    Effective regularizations map the upper half plane to itself, and the solution
    there is unique; a solution elsewhere is on another branch. If Newton's method
    from `guess` fails or ends on another branch, continuation is used: the equation
    is solved at 1e6 times the target, then at smaller and smaller multiples.

    Parameters
    ----------
    equation : callable
        Maps x of shape (N,) to the value and its derivative, each (N,).
    targets : ndarray of complex, shape (N,)
        Targets; any complex numbers off the negative real axis.
    guess : callable
        Maps targets to starting points that are accurate for large targets.

    Returns
    -------
    ndarray of complex, shape (N,)
        Solutions x.

    Raises
    ------
    ArithmeticError
        If the iteration does not converge for some target.
    """
    # Conjugate targets have conjugate solutions: work in the upper half plane.
    below = targets.imag < 0
    targets = np.where(below, targets.conj(), targets)
    solution = _solve_above(equation, targets, guess)
    return np.where(below, solution.conj(), solution)


def _solve_above(
    equation: Equation, targets: ComplexArray, guess: Callable[[ComplexArray], ComplexArray]
) -> ComplexArray:
    solution, solved = _newton(equation, targets, guess(targets))
    if solved.all():
        return solution
    left = ~solved
    far = targets[left]
    approach = guess(far * 1e6)
    for scale in np.geomspace(1e6, 1.0, 60):
        approach, solved = _newton(equation, far * scale, approach)
    if not solved.all():
        raise ArithmeticError(
            f"no effective regularization found for the penalties {far[~solved]}; these and the "
            "eigenvalues span too many decades for double precision"
        )
    solution[left] = approach
    return solution


def _newton(
    equation: Equation, targets: ComplexArray, start: ComplexArray
) -> tuple[ComplexArray, NDArray[np.bool_]]:
    """Iterate until the steps stagnate; return x and whether each target converged."""
    x = np.array(start, dtype=np.complex128)
    size = np.full(len(x), np.inf)
    active = np.arange(len(x))
    with np.errstate(all="ignore"):  # divergence is reported as not solved
        for _ in range(_STEPS):
            value, slope = equation(x[active])
            step = (value - targets[active]) / slope
            relative = np.abs(step) / np.abs(x[active])
            # Once a small step stops shrinking, only rounding is left.
            useful = ~((size[active] < _SOLVED) & (relative >= size[active]))
            moved = active[useful]
            x[moved] -= step[useful]
            size[moved] = relative[useful]
            active = moved[relative[useful] > _TINY]
            if active.size == 0:
                break
        right_branch = np.where(targets.imag > 0, x.imag > 0, x.real > 0)
    return x, (size < _SOLVED) & right_branch & np.isfinite(x)
