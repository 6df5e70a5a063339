"""The verdict in a few sentences."""

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
    """Return how good the model is, and the most useful next steps."""
    if no_sign(found):
        return _no_signal(found)
    if too_good(found):
        return _suspicion(found)
    deeds = [_change_model(found), _stop(found), _collect(found)]
    if not any(deeds[:2]) and rows_pay(found) == "not" and found.risk > 0.0:
        deeds.append("Other columns might help.")
    return " ".join(deed for deed in [_now(found), _first(found), *deeds] if deed)


def _suspicion(found: Assessment) -> str:
    return (
        f"Too good to be true: {found.comparison.best.name} predicts {found.scale.target} almost "
        f"exactly, so some columns probably contain it in another form (check {suspects(found)} "
        "first). Use --drop to exclude columns that are not known before the target."
    )


def _now(found: Assessment) -> str:
    scale, untrained = found.scale, found.comparison.by_role("untrained")
    guess = scale.text(untrained.risk) if untrained else "unknown"
    now = scale.text_with_error(found.risk, found.standard_error)
    chance = " This may be chance." if maybe_chance(found) else ""
    if scale.task == "regression":
        return (
            f"This model predicts {scale.target} with a typical error of {now}; always predicting "
            f"the mean gives {guess}.{chance}"
        )
    return (
        f"This model predicts the wrong {scale.target} for {now} of new rows; always predicting "
        f"the most frequent class is wrong for {guess}.{chance}"
    )


def _first(found: Assessment) -> str:
    """What may invalidate all other figures."""
    if dates_alike(found):
        return "Errors are correlated in time; expect larger errors on future dates."
    if not neighbours_alike(found):
        return ""
    return (
        "Errors of neighbouring rows are correlated: unless this is due to the sorting of the "
        "table, use --groups first."
    )


def _no_signal(found: Assessment) -> str:
    best, untrained = rival(found), found.comparison.by_role("untrained")
    words = (
        f"No clear sign that this model learns {found.scale.target} from these columns: "
        f"{untrained.name if untrained else 'guessing'} does as well. "
    )
    if best is not None and untrained is not None and _learns(best, untrained):
        return f"{words}{best.name} does better ({found.scale.text(best.risk)}): use it."
    if found.table.n_samples < FEW_ROWS:
        words += f"With only {found.table.n_samples} rows, only strong effects can be detected. "
    return words + "Look for other columns before collecting more rows or trying larger models."


def _learns(best: Result, untrained: Result) -> bool:
    """Whether a model is better than guessing by more than its standard error."""
    return best.risk + best.standard_error < untrained.risk


def _change_model(found: Assessment) -> str:
    """Advice to use another model, if one is clearly better, or simpler and as good."""
    best, own, scale = rival(found), found.comparison.model, found.scale
    if best is not None:
        share = percent(-scale.change(own.risk, best.risk))
        first = "Use the simple baseline" if best.role == "simple" else "Change the model to"
        return (
            f"{first} {best.name}: on the same held-out rows its {scale.name} is "
            f"{scale.text(best.risk)}, compared with {scale.text(own.risk)} for this model "
            f"({share} lower)."
        )
    simple = found.comparison.by_role("simple")
    if simple is not None and not found.model.linear and as_good(simple, own, scale):
        least = "at least " if simple.risk < own.risk else ""
        return (
            f"{simple.name}, which is simpler, does {least}as well ({scale.text(simple.risk)}, "
            f"compared with {scale.text(own.risk)} on the same held-out rows)."
        )
    return ""


def _stop(found: Assessment) -> str:
    stop = found.stopping
    if stop is None or not stop_pays(found):
        return ""
    cost = found.scale.change(stop.risk_corrected, stop.end_risk)
    return (
        f"Stop training {moment(stop.epochs)}: training to the end raises the "
        f"{found.scale.name} {raised(cost)}."
    )


def _collect(found: Assessment) -> str:
    more, scale = found.more_rows, found.scale
    span = fall(more.gain_lower, more.gain_upper)
    then = (
        f"twice as many would change the {scale.name} from {scale.text(found.risk)} to "
        f"{scale.text(more.risk)} ({span}, {level_text(more.level)} interval)"
    )
    words = {
        "surely": "Collect more rows:",
        "probably": "More rows would probably help:",
        "probably not": "More rows would probably not help much:",
        "not": "More rows will not help much:",
    }
    pay = rows_pay(found)
    if found.risk <= 0.0:
        return NOTHING_TO_LOWER
    if pay == "unclear":
        return (
            f"It is not clear whether more rows would help: with twice as many, the {scale.name} "
            f"may be anywhere from {span} ({level_text(more.level)} interval)."
        )
    if pay in ("surely", "probably") and maybe_chance(found):
        return f"More rows would show whether it is; if it is not, {then}."
    return f"{words[pay]} {then}."
