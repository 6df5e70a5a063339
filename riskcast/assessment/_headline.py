"""The verdict in a few sentences: what is most worth doing, then the next."""

from __future__ import annotations

from riskcast._wording import level_text
from riskcast.assessment._assessment import Assessment
from riskcast.assessment._comparison import Result
from riskcast.assessment._judgements import (
    as_good,
    dates_alike,
    maybe_chance,
    neighbours_alike,
    no_sign,
    rival,
    rows_pay,
    stop_pays,
    suspects,
    too_good,
)
from riskcast.assessment._wording import NOTHING_TO_LOWER, fall, moment, percent, raised
from riskcast.learning_curves._warnings import FEW_ROWS


def headline(found: Assessment) -> str:
    """How good the model is, and what is most worth doing about it."""
    if no_sign(found):
        return _no_signal(found)
    if too_good(found):
        return _suspicion(found)
    deeds = [_change_model(found), _stop(found), _collect(found)]
    if not any(deeds[:2]) and rows_pay(found) == "not" and found.risk > 0.0:
        deeds.append("Other columns might.")
    return " ".join(deed for deed in [_now(found), _first(found), *deeds] if deed)


def _suspicion(found: Assessment) -> str:
    return (
        f"Too good to be true: {found.comparison.best.name} predicts {found.scale.target} all but "
        f"exactly, so some columns probably hold it in disguise (look at {suspects(found)} first). "
        "Leave out with --drop what is not known before the target is, and ask again."
    )


def _now(found: Assessment) -> str:
    scale, untrained = found.scale, found.comparison.by_role("untrained")
    guess = scale.text(untrained.risk) if untrained else "unknown"
    now = scale.text_with_error(found.risk, found.standard_error)
    chance = " That may be chance." if maybe_chance(found) else ""
    if scale.task == "regression":
        return (
            f"This model predicts {scale.target} to within about {now}; guessing the mean is off "
            f"by {guess}.{chance}"
        )
    return (
        f"This model gets {scale.target} wrong for {now} of new rows; naming the commonest class "
        f"is wrong for {guess}.{chance}"
    )


def _first(found: Assessment) -> str:
    """What to look at before anything else is believed."""
    if dates_alike(found):
        return "Rows of neighbouring dates are missed alike: on dates to come expect more."
    if not neighbours_alike(found):
        return ""
    return (
        "Rows next to each other are missed alike: unless that is how the table was sorted, first "
        "use --groups."
    )


def _no_signal(found: Assessment) -> str:
    best, untrained = rival(found), found.comparison.by_role("untrained")
    words = (
        f"No clear sign that this model learns {found.scale.target} from these columns: "
        f"{untrained.name if untrained else 'learning nothing'} does as well. "
    )
    if best is not None and untrained is not None and _learns(best, untrained):
        return f"{words}{best.name} does learn something ({found.scale.text(best.risk)}): use it."
    if found.table.n_samples < FEW_ROWS:
        words += f"So few rows ({found.table.n_samples}) show strong effects only. "
    return words + "Look for other columns before more rows or bigger models."


def _learns(best: Result, untrained: Result) -> bool:
    """Whether a model that beats a bad one beats guessing too, by more than its own error."""
    return best.risk + best.standard_error < untrained.risk


def _change_model(found: Assessment) -> str:
    """Advice to use another model, if one is clearly better, or simpler and as good."""
    best, own, scale = rival(found), found.comparison.model, found.scale
    if best is not None:
        share = percent(-scale.change(own.risk, best.risk))
        first = "The simple baseline wins: use" if best.role == "simple" else "Change the model to"
        return (
            f"{first} {best.name}: on the same held-out rows its {scale.name} is "
            f"{scale.text(best.risk)}, this model's {scale.text(own.risk)} ({share} lower)."
        )
    simple = found.comparison.by_role("simple")
    if simple is not None and not found.model.linear and as_good(simple, own, scale):
        least = "at least " if simple.risk < own.risk else ""
        return (
            f"{simple.name}, which is simpler, does {least}as well ({scale.text(simple.risk)} "
            f"against {scale.text(own.risk)} on the same held-out rows)."
        )
    return ""


def _stop(found: Assessment) -> str:
    stop = found.stopping
    if stop is None or not stop_pays(found):
        return ""
    cost = found.scale.change(stop.risk_corrected, stop.end_risk)
    return (
        f"Stop training {moment(stop.epochs)}: going on to the end raises the "
        f"{found.scale.name} {raised(cost)}."
    )


def _collect(found: Assessment) -> str:
    more, scale = found.more_rows, found.scale
    span = fall(more.gain_lower, more.gain_upper)
    then = (
        f"twice as many would bring it from {scale.text(found.risk)} to {scale.text(more.risk)} "
        f"({span}, {level_text(more.level)} interval)"
    )
    words = {
        "surely": "Collect more rows:",
        "probably": "More rows would probably help:",
        "probably not": "More rows would probably help little:",
        "not": "More rows will not help much:",
    }
    pay = rows_pay(found)
    if found.risk <= 0.0:
        return NOTHING_TO_LOWER
    if pay == "unclear":
        return (
            f"Whether more rows would help is not clear: with twice as many the {scale.name} may "
            f"be {span} than now ({level_text(more.level)} interval)."
        )
    if pay in ("surely", "probably") and maybe_chance(found):
        return f"More rows would tell, and unless it is chance, {then}."
    return f"{words[pay]} {then}."
