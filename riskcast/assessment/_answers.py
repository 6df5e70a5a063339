"""The questions a reader has, answered one by one."""

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
    "It is not clear that this model does better than guessing. Targets that are random to it "
    "stay so with any number of rows; what follows holds if they are not. "
)


@dataclass(frozen=True)
class Advice:
    """A question, its answer in a word or a few, and why."""

    question: str
    answer: str
    reason: str


def answers(found: Assessment) -> list[Advice]:
    """Answers to all questions that can be asked of this model."""
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
            f"On rows it has not seen, its predictions of {scale.target} are off by about "
            f"{scale.text_with_error(found.risk, found.standard_error)} (root of the mean squared "
            f"error, RMSE, ± one standard error); always guessing the mean is off by {guess}. "
            f"{_explained(scale.r2(found.risk))}"
        )
        return Advice("How good is this model now?", f"off by {scale.text(found.risk)}", reason)
    reason = (
        f"On rows it has not seen, it names the wrong {scale.target} for "
        f"{scale.text_with_error(found.risk, found.standard_error)} of them (± one standard "
        f"error); always naming the commonest class is wrong for {guess}."
    )
    return Advice("How good is this model now?", f"{scale.text(found.risk)} wrong", reason)


def _explained(r2: float) -> str:
    if r2 < 0.0:
        return f"It explains none of the variance (R² = {two_decimals(r2)})."
    return f"It explains {percent(r2)} of the variance (R²)."


def on_stopping(found: Assessment) -> Advice | None:
    """When should training stop?"""
    stop, question = found.stopping, "When should training stop?"
    if stop is None:
        return None
    if math.isinf(stop.time):
        reason = "No earlier moment of training does better on rows held out."
        return Advice(question, "train to the end", reason)
    reason = (
        f"Best is {moment(stop.epochs)}, counted at learning rate {number(stop.learning_rate)} "
        "with full-batch gradient descent (which diverges above "
        f"{number(stop.largest_learning_rate)}); as flow time, learning rate times epochs, "
        f"{number(stop.time)}. "
    ) + _cost_of_the_end(stop, found)
    if stop_pays(found):
        return Advice(question, moment(stop.epochs), reason)
    if stop_may_pay(found):
        return Advice(question, f"perhaps {moment(stop.epochs)}", reason)
    return Advice(question, "it hardly matters", reason)


def _cost_of_the_end(stop: Stopping, found: Assessment) -> str:
    scale = found.scale
    there = f"The {scale.name} there is {scale.text(stop.risk)}"
    if stop.risk_corrected > stop.risk * 1.005:
        there += (
            f", or {scale.text(stop.risk_corrected)} when corrected for having picked the best of "
            "many moments"
        )
    cost = scale.change(stop.risk_corrected, stop.end_risk)
    if cost <= 0:
        return f"{there}; training to the end gives {scale.text(stop.end_risk)}, no worse."
    sure = "" if stop.end_costs_clearly else ", no more than chance explains"
    end = scale.text(stop.end_risk)
    return f"{there}; training to the end gives {end}, {percent(cost)} more{sure}."


def on_more_rows(found: Assessment) -> Advice:
    """Would more rows help?"""
    more, scale = found.more_rows, found.scale
    if found.risk <= 0.0:
        return Advice("Would more rows help?", "hardly", NOTHING_TO_LOWER)
    level = level_text(more.level)
    chance = maybe_chance(found)
    now, then = scale.text(found.risk), scale.text(more.risk)
    reason = (
        f"{_MAYBE_CHANCE if chance else ''}For twice as many rows the forecast is {scale.article} "
        f"{scale.name} of {then} instead of {now}, {percent(more.gain)} lower ({level} interval: "
        f"{fall(more.gain_lower, more.gain_upper)}; with the doubt about where it is now, "
        f"{scale.text(more.lower)} to {scale.text(more.upper)}). With endless rows it is about "
        f"{scale.text(more.noise_floor)} "
        f"({scale.text(more.noise_floor_lower)} to {scale.text(more.noise_floor_upper)}). "
    ) + _limit(found)
    words = {
        "surely": "yes",
        "probably": "probably",
        "unclear": "not clear",
        "not": "hardly",
        "probably not": "probably not much",
    }
    pay = rows_pay(found)
    if chance and pay in ("surely", "probably"):
        return Advice("Would more rows help?", "only if this is not chance", reason)
    return Advice("Would more rows help?", words[pay], reason)


def _limit(found: Assessment) -> str:
    """What holds the model where it is."""
    limit, better, more = found.limit, rival(found), found.more_rows
    sure = limit_is_sure(found)
    if limit.kind != "data" and better is not None and better.risk < more.noise_floor:
        sure = sure and better.risk + better.standard_error < more.noise_floor_lower
        start = "Its limit is" if sure else "Its limit is probably"
        return f"{start} what it can express: {better.name} is below that floor already."
    start = "Its limit is" if sure else "Its limit is probably"
    what = {
        "data": "the number of rows",
        "noise": "noise, or columns that are missing"
        + ("" if better is None else ", or what it cannot express"),
        "capacity": "what it can express: a kernel model (rbf) of the same rows is below that "
        "floor already",
        "floor": "noise, missing columns, or what it cannot express",
    }[limit.kind]
    return f"{start} {what}."


def on_goal(found: Assessment) -> Advice | None:
    """How many rows does the goal need?"""
    goal, scale = found.more_rows.goal, found.scale
    if goal is None:
        return None
    question = f"How many rows for {scale.article} {scale.name} of {scale.text(goal.risk)}?"
    level = level_text(goal.level)
    if math.isinf(goal.lower):
        if found.more_rows.noise_floor_lower > goal.risk:
            return Advice(question, "no number", "No number of rows is likely to be enough.")
        least = scale.text(found.more_rows.noise_floor_lower)
        reason = (
            "No number of rows is likely to be enough, but with endless rows the "
            f"{level_text(found.more_rows.level)} interval begins at {least}: it is not ruled out."
        )
        return Advice(question, "probably no number", reason)
    if goal.upper <= goal.n_rows:
        return Advice(question, "enough already", f"The {goal.n_rows:,} rows at hand reach it.")
    if goal.n_samples <= goal.n_rows:
        now = scale.text_with_error(found.risk, found.standard_error)
        reason = f"The {goal.n_rows:,} rows at hand give {now} (± one standard error)."
        return Advice(question, "probably enough already", reason)
    least = f"{_rows(goal.lower)}"
    if math.isinf(goal.n_samples):
        reason = (
            f"More rows will probably never reach it with this model: only {percent(goal.chance)} "
            f"of the plausible learning curves do. It takes at least {least} ({level} level)."
        )
        return Advice(question, "probably no number", reason)
    most = "no number at all" if math.isinf(goal.upper) else _rows(goal.upper)
    reason = f"The {level} interval runs from {least} to {most}; {goal.n_rows:,} are at hand."
    if maybe_chance(found):
        reason += " None will do if what is learned so far is chance."
    return Advice(question, f"about {_rows(goal.n_samples)}", reason)


def _rows(count: float) -> str:
    return f"{float(f'{count:.2g}'):,.0f} rows"


def on_regularization(found: Assessment) -> Advice | None:
    """Would regularizing help?"""
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
        f"{scale.text(stop.ridge_risk)}, {beside} stopping early ({scale.text(stop.risk)}): either "
        "one regularizes, there is no need for both. "
    )
    if stop.ridge_penalty == 0:
        found_best = "No ridge penalty gives less error than none. "
    reason = found_best + _threshold(stop)
    if clear and gap < 0:
        return Advice("Would regularizing help?", f"yes, a ridge of alpha = {alpha}", reason)
    if stop_pays(found):
        return Advice("Would regularizing help?", "yes, and stopping early does it", reason)
    if stop_may_pay(found):
        return Advice("Would regularizing help?", "perhaps, and stopping early does it", reason)
    return Advice("Would regularizing help?", "hardly", reason)


def _threshold(stop: Stopping) -> str:
    """How much of the data training uses up, and how near it comes to fitting everything."""
    used = (
        f"At the best moment the model uses {stop.degrees_of_freedom:.1f} of "
        f"{stop.end_degrees_of_freedom:.1f} parameters in effect (degrees of freedom)"
    )
    if stop.capacity > 0.999:
        return used + "; trained to the end it fits every row exactly, noise included."
    if stop.capacity > 0.6:
        return (
            f"{used}. It has nearly as many directions to learn as there are rows "
            f"({percent(stop.capacity)}), where training to the end is at its most harmful (the "
            "interpolation threshold)."
        )
    return (
        f"{used}, with {stop.load:.1f} rows a column: far from fitting every row exactly, where "
        "training to the end would be harmful (the interpolation threshold)."
    )


def on_model_size(found: Assessment) -> Advice:
    """Would a bigger or a smaller model help?"""
    own, scale = found.comparison.model, found.scale
    roles = ("bigger", "smaller", "flexible", "simple", "same")
    others = [found.comparison.by_role(role) for role in roles]  # type: ignore[arg-type]
    rivals = sorted((one for one in others if one is not None), key=lambda one: one.risk)
    told = "; ".join(_beside(one, found) for one in rivals)
    reason = (
        f"On the same held-out rows ({found.comparison.folds}) this model gives "
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
