"""Answers to the questions about a model and its data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from riskcast._wording import level_text
from riskcast.assessment._assessment import Assessment
from riskcast.assessment._comparison import CLEAR, Result
from riskcast.assessment._judgements import (
    limit_is_sure,
    maybe_chance,
    noticeable,
    rival,
    rows_pay,
    stop_may_pay,
    stop_pays,
)
from riskcast.assessment._stopping import Stopping
from riskcast.assessment._wording import (
    NOTHING_TO_LOWER,
    fall,
    moment,
    number,
    percent,
    two_decimals,
)

_MAYBE_CHANCE = (
    "It is not clear that this model is better than guessing. If it is not, no number of rows "
    "will help; the following assumes that it is. "
)


@dataclass(frozen=True)
class Advice:
    """A question, a short answer, and the reason."""

    question: str
    answer: str
    reason: str


def answers(found: Assessment) -> list[Advice]:
    """Answers to all questions that apply to this model."""
    questions: list[Callable[[Assessment], Advice | None]] = [
        on_goodness,
        on_stopping,
        on_more_rows,
        on_goal,
        on_regularization,
        on_model_size,
    ]
    given = [question(found) for question in questions]
    return [answer for answer in given if answer is not None]


def on_goodness(found: Assessment) -> Advice:
    """How good is the model now?"""
    scale, untrained = found.scale, found.comparison.by_role("untrained")
    guess = scale.text(untrained.risk) if untrained else "unknown"
    if scale.task == "regression":
        reason = (
            f"On new rows, its predictions of {scale.target} have a root mean squared error (RMSE) "
            f"of {scale.text_with_error(found.risk, found.standard_error)} (± one standard error); "
            f"always predicting the mean gives {guess}. "
            f"{_explained(scale.r2(found.risk))}"
        )
        return Advice(
            "How good is this model now?", f"typical error {scale.text(found.risk)}", reason
        )
    reason = (
        f"It predicts the wrong {scale.target} for "
        f"{scale.text_with_error(found.risk, found.standard_error)} of new rows (± one standard "
        f"error); "
        f"always predicting the most frequent class is wrong for {guess}."
    )
    return Advice("How good is this model now?", f"{scale.text(found.risk)} wrong", reason)


def _explained(r2: float) -> str:
    if r2 < 0.0:
        return f"It does not explain any of the variance (R² = {two_decimals(r2)})."
    return f"It explains {percent(r2)} of the variance (R²)."


def on_stopping(found: Assessment) -> Advice | None:
    """When should training stop?"""
    stop, question = found.stopping, "When should training stop?"
    if stop is None:
        return None
    if math.isinf(stop.time):
        reason = "No earlier stopping time has a lower error on held-out rows."
        return Advice(question, "train to the end", reason)
    reason = (
        f"The best time to stop is {moment(stop.epochs)} of full-batch gradient descent at "
        f"learning rate {number(stop.learning_rate)} (training diverges above "
        f"{number(stop.largest_learning_rate)}). This is training time {number(stop.time)} "
        "(learning rate times epochs). "
    ) + _cost_of_the_end(stop, found)
    if stop_pays(found):
        return Advice(question, moment(stop.epochs), reason)
    if stop_may_pay(found):
        return Advice(question, f"perhaps {moment(stop.epochs)}", reason)
    return Advice(question, "it makes little difference", reason)


def _cost_of_the_end(stop: Stopping, found: Assessment) -> str:
    scale = found.scale
    there = f"The {scale.name} is then {scale.text(stop.risk)}"
    if stop.risk_corrected > stop.risk * 1.005:
        there += (
            f", or {scale.text(stop.risk_corrected)} after correcting for choosing the best of "
            "many times"
        )
    cost = scale.change(stop.risk_corrected, stop.end_risk)
    if cost <= 0:
        return f"{there}; training to the end gives {scale.text(stop.end_risk)}, no worse."
    sure = "" if stop.end_costs_clearly else " (no clear difference)"
    end = scale.text(stop.end_risk)
    return f"{there}; training to the end gives {end}, {percent(cost)} more{sure}."


def on_more_rows(found: Assessment) -> Advice:
    """Would more rows help?"""
    more, scale = found.more_rows, found.scale
    if found.risk <= 0.0:
        return Advice("Would more rows help?", "no", NOTHING_TO_LOWER)
    level = level_text(more.level)
    chance = maybe_chance(found)
    now, then = scale.text(found.risk), scale.text(more.risk)
    reason = (
        f"{_MAYBE_CHANCE if chance else ''}With twice as many rows, the forecast {scale.name} is "
        f"{then} instead of {now}, {percent(more.gain)} lower ({level} interval: "
        f"{fall(more.gain_lower, more.gain_upper)}; including the uncertainty of the current "
        f"error: {scale.text(more.lower)} to {scale.text(more.upper)}). With unlimited data the "
        f"error would level off near {scale.text(more.noise_floor)} "
        f"({scale.text(more.noise_floor_lower)} to {scale.text(more.noise_floor_upper)}). "
    ) + _limit(found)
    words = {
        "surely": "yes",
        "probably": "probably",
        "unclear": "not clear",
        "not": "not much",
        "probably not": "probably not much",
    }
    pay = rows_pay(found)
    if chance and pay in ("surely", "probably"):
        return Advice("Would more rows help?", "only if the model is better than guessing", reason)
    return Advice("Would more rows help?", words[pay], reason)


def _limit(found: Assessment) -> str:
    """What limits the error of the model."""
    limit, better, more = found.limit, rival(found), found.more_rows
    sure = limit_is_sure(found)
    if limit.kind != "data" and better is not None and better.risk < more.noise_floor:
        sure = sure and better.risk + better.standard_error < more.noise_floor_lower
        start = "The error is limited by" if sure else "The error is probably limited by"
        return f"{start} the model's capacity: {better.name} is already below that level."
    start = "The error is limited by" if sure else "The error is probably limited by"
    what = {
        "data": "the number of rows",
        "noise": "noise or missing columns"
        + ("" if better is None else ", or by the model's capacity"),
        "capacity": "the model's capacity: a kernel model (rbf) on the same rows is already below "
        "that level",
        "floor": "noise, missing columns or the model's capacity",
    }[limit.kind]
    return f"{start} {what}."


def on_goal(found: Assessment) -> Advice | None:
    """How many rows are needed to reach the goal?"""
    goal, scale = found.more_rows.goal, found.scale
    if goal is None:
        return None
    question = (
        f"How many rows are needed for {scale.article} {scale.name} of {scale.text(goal.risk)}?"
    )
    level = level_text(goal.level)
    if math.isinf(goal.lower):
        if found.more_rows.noise_floor_lower > goal.risk:
            return Advice(question, "out of reach", "No number of rows is likely to be enough.")
        least = scale.text(found.more_rows.noise_floor_lower)
        reason = (
            "No number of rows is likely to be enough, but this is not certain: with unlimited "
            f"data the {level_text(found.more_rows.level)} interval starts at {least}."
        )
        return Advice(question, "probably out of reach", reason)
    if goal.upper <= goal.n_rows:
        return Advice(question, "enough already", f"The current {goal.n_rows:,} rows reach it.")
    if goal.n_samples <= goal.n_rows:
        now = scale.text_with_error(found.risk, found.standard_error)
        reason = f"The current {goal.n_rows:,} rows give {now} (± one standard error)."
        return Advice(question, "probably enough already", reason)
    least = f"{_rows(goal.lower)}"
    if math.isinf(goal.n_samples):
        reason = (
            f"This model will probably never reach it: only {percent(goal.chance)} of the "
            f"plausible learning curves do. At least {least} are needed ({level} level)."
        )
        return Advice(question, "probably out of reach", reason)
    most = "no limit" if math.isinf(goal.upper) else _rows(goal.upper)
    reason = f"The {level} interval is {least} to {most}; there are now {goal.n_rows:,}."
    if maybe_chance(found):
        reason += " If the current result is chance, no number of rows is enough."
    return Advice(question, f"about {_rows(goal.n_samples)}", reason)


def _rows(count: float) -> str:
    return f"{float(f'{count:.2g}'):,.0f} rows"


def on_regularization(found: Assessment) -> Advice | None:
    """Would regularization help?"""
    stop, scale = found.stopping, found.scale
    if stop is None:
        return None
    alpha = number(stop.ridge_penalty)
    gap = scale.change(stop.risk, stop.ridge_risk)
    clear = noticeable(gap) and abs(stop.ridge_difference) > CLEAR * stop.ridge_difference_error
    order = "better than" if gap < 0 else "worse than"
    beside = "about as good as"
    if noticeable(gap):
        beside = order if clear else f"not clearly {order}"
    found_best = (
        f"The best ridge penalty (alpha = {alpha} in scikit-learn) gives "
        f"{scale.text(stop.ridge_risk)}, {beside} early stopping ({scale.text(stop.risk)}). Both "
        "regularize, so one of them is enough. "
    )
    if stop.ridge_penalty == 0:
        found_best = "A ridge penalty does not lower the error. "
    reason = found_best + _threshold(stop)
    if clear and gap < 0:
        return Advice("Would regularization help?", f"yes: ridge with alpha = {alpha}", reason)
    if stop_pays(found):
        return Advice("Would regularization help?", "yes: stop early", reason)
    if stop_may_pay(found):
        return Advice("Would regularization help?", "perhaps: stop early", reason)
    return Advice("Would regularization help?", "not much", reason)


def _threshold(stop: Stopping) -> str:
    """Effective degrees of freedom, and the distance to the interpolation threshold."""
    used = (
        f"At the best stopping time the model uses {stop.degrees_of_freedom:.1f} of "
        f"{stop.end_degrees_of_freedom:.1f} effective degrees of freedom"
    )
    if stop.capacity > 0.999:
        return used + "; trained to the end, it fits every row exactly, including the noise."
    if stop.capacity > 0.6:
        return (
            f"{used}. The rank of the features is {percent(stop.capacity)} of what fits every row "
            "exactly. That is near the interpolation threshold, where training to the end is most "
            "harmful."
        )
    return (
        f"{used}, with {stop.load:.1f} rows per column. This is far from the interpolation "
        "threshold, where training to the end would be harmful."
    )


def on_model_size(found: Assessment) -> Advice:
    """Would another model help?"""
    own, scale = found.comparison.model, found.scale
    roles = ("bigger", "smaller", "flexible", "simple", "same")
    others = [found.comparison.by_role(role) for role in roles]  # type: ignore[arg-type]
    rivals = sorted((one for one in others if one is not None), key=lambda one: one.risk)
    told = "; ".join(_beside(one, found) for one in rivals)
    reason = (
        f"On the same held-out rows ({found.comparison.folds}), this model gives "
        f"{scale.text(own.risk)}; {told}."
    )
    better = rival(found)
    if better is not None:
        return Advice("Would another model help?", f"yes: {better.name}", reason)
    maybe = [
        one
        for one in rivals
        if -one.difference > one.difference_error and noticeable(scale.change(own.risk, one.risk))
    ]
    if maybe:
        return Advice("Would another model help?", f"perhaps: {maybe[0].name}", reason)
    lower = any(noticeable(min(scale.change(own.risk, one.risk), 0.0)) for one in rivals)
    return Advice("Would another model help?", "not clearly" if lower else "no", reason)


def _beside(other: Result, found: Assessment) -> str:
    change = found.scale.change(found.comparison.model.risk, other.risk)
    if not noticeable(change) or not (other.clearly_better or other.clearly_worse):
        order = "no clear difference"
    else:
        order = "clearly better" if other.clearly_better else "clearly worse"
    return f"{other.name} {found.scale.text(other.risk)} ({order})"
