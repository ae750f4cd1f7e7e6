"""The release gate: nothing that counts children is shown or written without passing it.

Rules: a count from 1 to `threshold - 1` is protected; so is a numerator whose complement is that
small, and 0 or 100 per cent of a group, which say something about everybody in it; so is every
value that would reveal a protected one; and, where totals are shown, as many further cells as it
takes for nothing protected to follow from the rest (complementary suppression). Where the rule
rounds, what is left is rounded, and every share is made of rounded counts. One table is guarded at
a time; what must go because of other tables, or of earlier reports, is handed in as `withheld`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import TypeVar

import numpy as np
import pandas as pd

from evalkit.errors import DisclosureError, did_you_mean
from evalkit.plan import Rule
from evalkit.reporting.suppression import complemented, flow_hidden, protected
from evalkit.results import Effect, Estimate, undefined

PROTECTED = "protected: too few units to show"
_SHARE = "procentenheter"
_FRACTION = "andel av 1"  # what a file has where the report says percentage points
LEAST_P_VALUE = 0.001  # of so few areas no method can tell smaller ones apart
_ESTIMATES = ("estimate", "std_error", "p_value", "conf_low", "conf_high", "n")
_NOISE = 9  # decimals; a sum of shares times counts is whole only to rounding error

Margins = Sequence[Sequence[str]]
Withheld = Mapping[str, Sequence[bool]]
Counts = TypeVar("Counts", float, pd.Series)


@dataclass(frozen=True, slots=True)
class Released:
    """A table that passed the gate: the only thing that plots, tables and files accept.

    `frame` has NA where a value is protected, `hidden` is True in the same places, and counts
    under the threshold of its `rule` are nowhere in it.
    """

    frame: pd.DataFrame
    hidden: pd.DataFrame
    rule: Rule

    @property
    def n_hidden(self) -> int:
        return int(self.hidden.to_numpy().sum())

    def named(self, column: str, names: Mapping[str, str]) -> "Released":
        """Return the table with the codes of a text column in the reader's words."""
        if self.hidden[column].any():
            raise DisclosureError(f"column '{column}': holds protected values, which have no name")
        words = self.frame[column].map(names)
        return replace(self, frame=self.frame.assign(**{column: words}))


def require_released(table: object) -> Released:
    """Return `table` if it passed the gate, else raise TypeError."""
    if not isinstance(table, Released):
        raise TypeError("only a Released table can be shown; pass the frame to release() first")
    return table


def release(
    frame: pd.DataFrame,
    *,
    rule: Rule,
    counts: Sequence[str] = (),
    parts: Mapping[str, str] | None = None,
    shares: Mapping[str, tuple[str, str]] | None = None,
    values: Mapping[str, Sequence[str]] | None = None,
    keys: Sequence[str] = (),
    margins: Margins = (),
    withheld: Withheld | None = None,
) -> Released:
    """Return `frame` with everything protected taken out.

    `counts` name columns that count children or processes; `parts` map a numerator to its
    denominator; `shares` name columns to be made, each of the count or numerator it is a share
    and the count it is a share of; `values` map any other derived column to the counts and
    numerators it would reveal;
    `keys` are numeric columns that count nobody (a year, an amount of money). Each of `margins`
    names the columns of a grouping whose sums are shown somewhere, `()` for the grand total;
    a row with such a total does not belong in `frame`. `withheld` says of a count or numerator
    which rows must stay hidden because of other tables.

    Raises DisclosureError for a numeric column that is not declared, and for counts that are
    negative, not whole or above their denominator.
    """
    parts, shares, values = dict(parts or {}), dict(shares or {}), dict(values or {})
    frame = frame.reset_index(drop=True)
    counted = list(dict.fromkeys([*counts, *parts.values(), *parts]))
    _check_columns(frame, counted, values, keys, margins)
    numbers = frame[counted].apply(_floats).round(_NOISE)
    _check_counts(numbers, parts)
    hidden = _with(protected(numbers, parts, rule.threshold), withheld)
    hidden = complemented(numbers, hidden, parts, _groups(frame, margins), rule.threshold)
    for value, sources in {**values, **shares}.items():
        hidden[value] = hidden[list(sources)].any(axis=1)
    shown = _rounded(frame, counted, rule)
    for share, (part, whole) in shares.items():
        of = _floats(shown[whole])
        shown[share] = _floats(shown[part]) / of.where(of > 0)
    return _released(shown, hidden, rule)


def release_flow(
    frame: pd.DataFrame,
    *,
    rule: Rule,
    counts: Sequence[str],
    withheld: Withheld | None = None,
) -> Released:
    """Return a flow from step to step without what would show how few left on the way.

    `frame` has the rows from the top, `excluded` (bool: these left here) and the `counts`, one
    column for each arm. A step follows from the one before and those who left, so that `release`
    alone would not do.
    """
    _check_columns(frame, counts, {}, ["excluded"], ())
    frame = frame.reset_index(drop=True)
    numbers = frame[list(counts)].apply(_floats)
    _check_counts(numbers, {})
    excluded = frame["excluded"].to_numpy(dtype=bool)
    hidden = pd.DataFrame(
        {n: flow_hidden(numbers[n].to_numpy(), excluded, rule.threshold) for n in counts}
    )
    return _released(_rounded(frame, counts, rule), _with(hidden, withheld), rule)


def release_estimates(estimates: Iterable[Estimate], *, rule: Rule) -> Released:
    """Return the estimates as tidy rows, those on fewer units than the threshold hidden."""
    frame = pd.DataFrame([estimate.tidy() for estimate in estimates])
    few = frame["n"].between(1, rule.threshold - 1)
    hidden = pd.DataFrame(dict.fromkeys(_ESTIMATES, few))
    return _released(_rounded(frame, ["n"], rule), hidden, rule)


def protect(effect: Effect, rule: Rule) -> Effect:
    """Return the effect as the rule lets it be told, without numbers when it rests on too few.

    Sentences are made of what this returns, tables of what `release_effects` returns. Where counts
    are rounded so is a level that is a share, and what was expected moves with it: the difference
    between the two stays as estimated.
    """
    if _reveals(effect, rule.threshold):
        return without_numbers(effect)
    units = float(coarse(effect.n_treated, rule))
    headline = replace(effect.headline, n=int(coarse(effect.headline.n, rule)))
    rounded = replace(effect, headline=headline, n_treated=int(units))
    if rule.rounding == 1 or not _is_share(effect):
        return rounded
    observed = float(coarse(effect.observed * effect.n_treated, rule)) / units
    expected = observed - (effect.observed - effect.counterfactual)
    return replace(
        rounded,
        observed=observed,
        counterfactual=expected,
        relative=effect.headline.estimate / expected if expected else nan,
    )


def coarse(counts: Counts, rule: Rule) -> Counts:
    """Return counts to the nearest multiple of what the rule rounds to."""
    return counts if rule.rounding == 1 else np.round(counts / rule.rounding) * rule.rounding


def without_numbers(effect: Effect) -> Effect:
    """Return the effect without numbers, as protected."""
    headline, blank = effect.headline, nan
    return replace(
        effect,
        status="not_estimable",
        headline=undefined(headline.outcome, headline.unit, headline.method, PROTECTED),
        checks=(),
        observed=blank,
        counterfactual=blank,
        relative=blank,
        minimum_detectable=blank,
        reason=PROTECTED,
    )


def release_effects(
    effects: Iterable[Effect],
    *,
    rule: Rule,
    pooled: Iterable[Effect] = (),
    without_units: Collection[str] = (),
    without_followed: Collection[str] = (),
) -> Released:
    """Return one row per effect: its headline, levels, detectable effect and units.

    The columns are `outcome label years pooled status unit estimate conf_low conf_high p_value
    method observed counterfactual relative minimum_detectable mature n_treated n n_areas reason`.
    Shares and their differences are fractions of 1; a p-value below `LEAST_P_VALUE` is given as it.
    `without_units` name outcomes whose units other tables cannot afford to have known, and
    `without_followed` those of whom that holds for the share that could be followed.
    """
    marked = [(effect, False) for effect in effects] + [(effect, True) for effect in pooled]
    effects = [effect for effect, _ in marked]
    frame = pd.DataFrame([_effect_row(protect(effect, rule), whole) for effect, whole in marked])
    few = pd.Series([_is_protected(effect, rule.threshold) for effect in effects], dtype=bool)
    numeric = frame.select_dtypes("number").columns.drop("n_areas")
    hidden = pd.DataFrame(dict.fromkeys(numeric, few))
    for units in ("n_treated", "n"):
        hidden[units] |= frame["outcome"].isin(without_units)
    hidden["mature"] |= frame["outcome"].isin(without_followed)
    return _released(frame, hidden, rule)


def _effect_row(effect: Effect, pooled: bool) -> dict[str, object]:
    headline = effect.headline
    return {
        "outcome": effect.outcome,
        "label": effect.label,
        "years": ", ".join(str(year) for year in effect.years),
        "pooled": "yes" if pooled else "no",
        "status": effect.status,
        "unit": _FRACTION if headline.unit == _SHARE else headline.unit,
        "estimate": headline.estimate,
        "conf_low": headline.conf_low,
        "conf_high": headline.conf_high,
        "p_value": float(np.maximum(headline.p_value, LEAST_P_VALUE)),
        "method": headline.method,
        "observed": effect.observed,
        "counterfactual": effect.counterfactual,
        "relative": effect.relative,
        "minimum_detectable": effect.minimum_detectable,
        "mature": effect.mature,
        "n_treated": effect.n_treated,
        "n": headline.n,
        "n_areas": headline.n_areas,
        "reason": effect.reason,
    }


def _is_protected(effect: Effect, threshold: int) -> bool:
    return effect.reason == PROTECTED or _reveals(effect, threshold)


def _reveals(effect: Effect, threshold: int) -> bool:
    """Tell whether the treated areas' units, or those with or without the outcome, are few."""
    units = effect.n_treated
    if 0 < units < threshold:
        return True
    if not _is_share(effect):
        return False
    with_it = effect.observed * units
    return round(min(with_it, units - with_it), _NOISE) < threshold


def _is_share(effect: Effect) -> bool:
    """Tell whether the level is a share of the treated areas' units, so that it tells a count."""
    known = effect.n_treated > 0 and isfinite(effect.observed)
    return effect.headline.unit == _SHARE and known


def _rounded(frame: pd.DataFrame, counts: Sequence[str], rule: Rule) -> pd.DataFrame:
    if rule.rounding == 1:
        return frame.copy()
    return frame.assign(**{name: coarse(frame[name], rule) for name in counts})


def _released(frame: pd.DataFrame, hidden: pd.DataFrame, rule: Rule) -> Released:
    hidden = hidden.reindex(columns=frame.columns, fill_value=False).astype(bool)
    shown = {name: _shown(frame[name], hidden[name]) for name in frame.columns}
    return Released(pd.DataFrame(shown), hidden, rule)


def _with(hidden: pd.DataFrame, withheld: Withheld | None) -> pd.DataFrame:
    """Return `hidden` with what has to be hidden because of other tables."""
    for name, mask in (withheld or {}).items():
        if name not in hidden or len(mask) != len(hidden):
            raise DisclosureError(
                f"column '{name}': what is withheld fits no count of the table; name a count or a "
                "numerator, with one value for each row"
            )
        hidden[name] |= np.asarray(mask, dtype=bool)
    return hidden


def _shown(column: pd.Series, hidden: pd.Series) -> pd.Series:
    """Return the column with NA where hidden; a whole-number column stays one."""
    if pd.api.types.is_integer_dtype(column.dtype):
        column = column.astype("Int64")
    return column.mask(hidden) if hidden.any() else column


def _floats(column: pd.Series) -> pd.Series:
    return pd.Series(column.to_numpy(dtype=float, na_value=nan), index=column.index)


def _check_columns(
    frame: pd.DataFrame,
    counted: Sequence[str],
    values: Mapping[str, Sequence[str]],
    keys: Sequence[str],
    margins: Margins,
) -> None:
    known = [str(name) for name in frame.columns]
    for name in [*counted, *values, *keys, *(name for margin in margins for name in margin)]:
        if name not in known:
            raise DisclosureError(f"column '{name}': not in the table{did_you_mean(name, known)}")
    for value, sources in values.items():
        if not sources or set(sources) - set(counted):
            raise DisclosureError(
                f"column '{value}': name the counts and numerators that it would reveal"
            )
    declared = {*counted, *values, *keys}
    for name in frame.select_dtypes("number").columns:
        if name not in declared:
            raise DisclosureError(
                f"column '{name}': holds numbers that are not declared; name it in counts, "
                "parts, values or keys"
            )


def _check_counts(numbers: pd.DataFrame, parts: Mapping[str, str]) -> None:
    for name, column in numbers.items():
        # A numerator may be an expected count (a cumulative incidence times its units).
        broken = (column < 0) | (column.mod(1) != 0) & column.notna() & (name not in parts)
        _refuse(str(name), broken, "not whole numbers from 0 up")
    for part, whole in parts.items():
        _refuse(part, numbers[part] > numbers[whole], f"above '{whole}', their denominator")


def _refuse(name: str, broken: pd.Series, fault: str) -> None:
    if broken.any():
        raise DisclosureError(
            f"column '{name}': {int(broken.sum())} of {len(broken)} values are {fault}; "
            "correct the table before it is released"
        )


def _groups(frame: pd.DataFrame, margins: Margins) -> list[np.ndarray]:
    """Return the rows of each group whose sum is shown, as boolean masks."""
    masks = []
    for margin in margins:
        if margin:
            numbers = frame.groupby(list(margin), dropna=False).ngroup().to_numpy()
            masks += [numbers == number for number in np.unique(numbers)]
        else:
            masks.append(np.ones(len(frame), dtype=bool))
    return masks
