"""The verdict in a few sentences: what is most worth doing, then the next."""

from __future__ import annotations

from riskcast.verdict.assessment import Assessment
from riskcast.verdict.judgements import rows_pay, stop_pays, suspects, too_good
from riskcast.verdict.wording import epochs, percent


def headline(found: Assessment) -> str:
    """How good the model is, and what is most worth doing about it."""
    untrained = found.comparison.by_role("untrained")
    if untrained is not None and untrained.difference < untrained.difference_error:
        return _no_signal(found)
    if too_good(found):
        return _suspicion(found)
    deeds = [_now(found), _change_model(found), _stop(found), _collect(found)]
    if not any(deeds[1:3]) and rows_pay(found) == "not":
        deeds.append("Other columns might.")
    return " ".join(deed for deed in deeds if deed)


def _suspicion(found: Assessment) -> str:
    return (
        f"Too good to be true: {found.comparison.best.name} predicts {found.scale.target} all but "
        f"exactly, so some columns probably hold it in disguise (look at {suspects(found)} first). "
        "Leave out with --drop what is not known before the target is, and ask again."
    )


def _now(found: Assessment) -> str:
    scale, untrained = found.scale, found.comparison.by_role("untrained")
    guess = scale.text(untrained.risk) if untrained else "unknown"
    if scale.task == "regression":
        return (
            f"This model predicts {scale.target} to within about {scale.text(found.risk)}; "
            f"guessing the mean is off by {guess}."
        )
    return (
        f"This model gets {scale.target} wrong for {scale.text(found.risk)} of new rows; naming "
        f"the commonest class is wrong for {guess}."
    )


def _no_signal(found: Assessment) -> str:
    best, untrained = found.comparison.best, found.comparison.by_role("untrained")
    words = (
        f"No clear sign that this model learns {found.scale.target} from these columns: "
        f"{untrained.name if untrained else 'learning nothing'} does as well. "
    )
    if best.clearly_better and untrained is not None and best.role != "untrained":
        return f"{words}{best.name} does learn something ({found.scale.text(best.risk)}): use it."
    return words + "Look for other columns before more rows or bigger models."


def _change_model(found: Assessment) -> str:
    """Advice to use another model, if one is clearly better, or simpler and as good."""
    best, own, scale = found.comparison.best, found.comparison.model, found.scale
    if best.clearly_better:
        share = percent(-scale.change(own.risk, best.risk))
        first = "The simple baseline wins: use" if best.role == "simple" else "Change the model to"
        return (
            f"{first} {best.name}: on the same held-out rows its {scale.name} is "
            f"{scale.text(best.risk)}, this model's {scale.text(own.risk)} ({share} lower)."
        )
    simple = found.comparison.by_role("simple")
    if simple is not None and not found.model.linear and not simple.clearly_worse:
        return (
            f"{simple.name}, which is simpler, does as well ({scale.text(simple.risk)} against "
            f"{scale.text(own.risk)} on the same held-out rows)."
        )
    return ""


def _stop(found: Assessment) -> str:
    stop = found.stopping
    if stop is None or not stop_pays(found):
        return ""
    share = percent(found.scale.change(stop.risk, stop.end_risk))
    return (
        f"Stop training after {epochs(stop.epochs)}: going on to the end raises the "
        f"{found.scale.name} by {share}."
    )


def _collect(found: Assessment) -> str:
    more, scale = found.more_rows, found.scale
    then = f"twice as many would bring it from {scale.text(found.risk)} to {scale.text(more.risk)}"
    words = {
        "surely": f"Collect more rows: {then}.",
        "probably": f"More rows would probably help: {then}, though that is uncertain.",
        "probably not": f"More rows would probably help little: {then}, though that is uncertain.",
        "not": f"More rows will not help much: {then}.",
    }
    return words[rows_pay(found)]
