"""Newton's method for analytic equations in the complex plane, many targets at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]
Equation = Callable[[ComplexArray], tuple[ComplexArray, ComplexArray]]

_STEPS = 80  # quadratic convergence needs some ten; the rest is for the hardest targets
_TINY = 1e-14  # relative step below which rounding decides
_SOLVED = 1e-9  # relative step that shows a solution rather than a stray iterate


def solve_from_afar(
    equation: Equation, targets: ComplexArray, guess: Callable[[ComplexArray], ComplexArray]
) -> ComplexArray:
    """Solve ``value(x) = target`` on the branch that continues the one at infinity.

    Effective regularizations map the upper half plane to itself, and there the
    solution is unique; a solution elsewhere is another branch. Where Newton's
    method from `guess` ends on one, the target is approached from far away.

    Parameters
    ----------
    equation : callable
        Maps x of shape (N,) to the value and its derivative, each (N,).
    targets : ndarray of complex, shape (N,)
        Anywhere but on the negative real axis.
    guess : callable
        Maps targets to solutions that are good where targets are large.

    Raises
    ------
    ArithmeticError
        If a target has no solution within reach.
    """
    # Solutions at conjugate targets are conjugate: work above the real axis.
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
    """Newton steps until they stagnate; also whether each target was reached."""
    x = np.array(start, dtype=np.complex128)
    size = np.full(len(x), np.inf)
    active = np.arange(len(x))
    with np.errstate(all="ignore"):  # a stray iterate shows up as not solved
        for _ in range(_STEPS):
            value, slope = equation(x[active])
            step = (value - targets[active]) / slope
            relative = np.abs(step) / np.abs(x[active])
            # Rounding has the last word once a small step stops shrinking.
            useful = ~((size[active] < _SOLVED) & (relative >= size[active]))
            moved = active[useful]
            x[moved] -= step[useful]
            size[moved] = relative[useful]
            active = moved[relative[useful] > _TINY]
            if active.size == 0:
                break
        right_branch = np.where(targets.imag > 0, x.imag > 0, x.real > 0)
    return x, (size < _SOLVED) & right_branch & np.isfinite(x)
