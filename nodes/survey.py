"""The frames of a night beside one another: weights, what to leave out, the reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.expression import evaluate
from graph.spec import Expression, Partial, Range, Repeat, node
from graph.values import value_type
from nodes.quality import MEASURES, Quality
from nodes.stars import Stars
from nodes.values import StretchedImage, Table

_SPREADS = ("min", "max", "median", "sigma")
NAMES = (*MEASURES, *(f"{name}_{spread}" for name in MEASURES for spread in _SPREADS))


def _rising(name: str) -> str:
    return f"(({name} - {name}_min) / ({name}_max - {name}_min) if {name}_max > {name}_min else 1)"


def _falling(name: str) -> str:
    return f"(({name}_max - {name}) / ({name}_max - {name}_min) if {name}_max > {name}_min else 1)"


#: what each choice of a weight stands for
FORMULAS = {
    "psf signal": "psf_signal",
    "psf snr": "psf_snr",
    "snr": "snr",
    "noise": "1 / noise ** 2",
    "fwhm": "(1 / fwhm ** 2 - 1 / fwhm_max ** 2) / (1 / fwhm_min ** 2 - 1 / fwhm_max ** 2)"
    " if fwhm_max > fwhm_min else 1",
    "stars": f"{_rising('stars')} ** 2",
    "wbpp": f"65 + 5 * {_falling('fwhm')} + 10 * {_falling('eccentricity')}"
    f" + 20 * {_rising('snr')}",
    "none": "1",
}


@value_type("Survey", color="#d0b0f0")
@dataclass(frozen=True)
class Survey:
    """What the weight of a frame hangs on: formulas, and how all frames are spread.

    spreads: (name, number) of each measure's min, max, median and sigma over the frames that were
    not rejected by eye. best: the largest value of the formula. equal: True when no frame could
    be measured, so all weigh the same. frames, used: how many there were, and have a weight.
    """

    formula: str
    approval: str
    minimum: float
    spreads: tuple[tuple[str, float], ...]
    best: float
    equal: bool
    frames: int
    used: int

    def summary(self) -> str:
        """``18 of 20 frames used``."""
        return f"{self.used} of {self.frames} frames used"


class Surveyed(NamedTuple):
    """What weights hang on, the frames as a table, and their measures over time as a picture."""

    survey: Survey
    table: Table
    plot: StretchedImage


_List = Annotated[Sequence[Quality], Partial()]


@node(
    "quality.survey",
    version=1,
    known_as=("SubframeSelector", "subframe weighting", "seqplot"),
    title="Survey frames",
    memory=lambda inputs, counts, params: 64 << 20,
)
def survey(
    qualities: _List,
    *,
    weight: Literal[
        "psf signal", "psf snr", "snr", "noise", "fwhm", "stars", "wbpp", "none", "formula"
    ] = "psf signal",
    formula: Annotated[str, Expression(NAMES)] = "psf_signal",
    approval: Annotated[str, Expression(NAMES)] = "1",
    minimum: Annotated[float, Range(0, 1)] = 0.05,
    ctx: Context = SILENT,
) -> Surveyed:
    """Compare the frames of a night: which are good enough, and what each of them weighs.

    The weight of a frame is the value of a formula over its measures, divided by the largest of
    all frames. Frames that were rejected by eye, that the approval does not hold for, whose
    formula has no value or one below 0, or whose weight is below the minimum, get 0, and the
    table says why. ``quality.weigh`` takes the survey and gives each frame its weight. When not a
    single frame can be measured, all that were not rejected weigh the same, with a warning.

    Formulas may name fwhm, eccentricity, stars, residual, median, mean_deviation, noise, snr,
    psf_signal, psf_snr, flux, mean_flux, n_star, m_star, exposure, airmass, altitude and binning,
    and each of them with _min, _max, _median or _sigma (1.4826 MAD) over the frames that were not
    rejected by eye: ``fwhm < fwhm_median + 2 * fwhm_sigma and eccentricity < 0.7``.

    The table has a row for each frame, in order: frame (from 1 on), start, filter, weight, used,
    reason, and the measures. The plot shows FWHM, eccentricity, stars, median and weight over
    time, or over the number of the frame where a time is missing; frames that are not used are
    crossed.

    Raises InputError when there are no frames.
    Source: PixInsight's SubframeSelector and WeightedBatchPreprocessing, Siril's weights.

    weight: psf signal and psf snr are PixInsight's; snr squared ratio of dispersion and noise;
        noise 1 / noise²; fwhm and stars as Siril has them; wbpp 65 + 5 FWHM + 10 eccentricity + 20
        SNR, each scaled to 0 to 1; none the same for all; formula what stands below.
    formula: the weight, when weight is formula.
    approval: frames for which this is 0 (or does not hold) are left out.
    minimum: smaller weights are 0.
    """
    if not len(qualities):
        raise InputError("there are no frames to compare; look at what makes them")
    rows = list(qualities)
    chosen = formula if weight == "formula" else FORMULAS[weight]
    spreads = _spread([quality for quality in rows if quality.accepted])
    rules = Survey(chosen, approval, minimum, spreads, 1.0, False, len(rows), len(rows))
    raw = [_judge(quality, rules) for quality in rows]
    best = max((value for value, _ in raw), default=0.0)
    equal = not best > 0
    judged = [(q, *_weigh(q, rules, best, equal)) for q in rows]
    if equal:
        told = next((reason for _, reason in raw if reason), "every weight is 0")
        ctx.warn(f"no frame has a weight ({told}), so all that were not rejected weigh the same")
    used = sum(share > 0 for _, share, _ in judged)
    rules = Survey(chosen, approval, minimum, spreads, best, equal, len(rows), used)
    dropped = [str(n) for n, (_, share, _) in enumerate(judged, 1) if not share > 0]
    if dropped:
        ctx.warn(f"frames of weight 0: {', '.join(dropped)}; the table says why")
    from nodes.survey_plot import draw_survey

    return Surveyed(rules, _table(judged), draw_survey(judged))


@node("quality.weigh", version=1, known_as=("SSWEIGHT",), title="Weigh frame",
      memory=lambda inputs, counts, params: 0)  # fmt: skip
def weigh(quality: Quality, survey: Annotated[Survey, Repeat()]) -> float:
    """The weight of a frame in an integration, 0 to 1, by the rules of a survey of all frames.

    0 for frames that are left out; the table of the survey says why.
    """
    return _weigh(quality, survey, survey.best, survey.equal)[0]


class Reference(NamedTuple):
    """The stars of the frame that the others are registered to, and its number, from 1 on."""

    stars: Stars
    number: int


@node(
    "quality.choose_reference",
    version=1,
    known_as=("reference image", "setref"),
    title="Choose reference",
    memory=lambda inputs, counts, params: 0,
)
def choose_reference(
    stars: Annotated[Sequence[Stars], Partial()],
    qualities: _List,
    *,
    by: Literal["stars", "psf signal", "fwhm", "number"] = "stars",
    number: Annotated[int, Range(1)] = 1,
    ctx: Context = SILENT,
) -> Reference:
    """Choose the frame that the others are registered to.

    Only frames of the lowest binning that were not rejected by eye come into question; of equal
    ones the first. Raises InputError when there are no frames, lists are of unequal length, no
    frame has stars, or there is no frame of that number.
    Source: WeightedBatchPreprocessing takes the frame with most stars.

    by: the most stars, the greatest PSF signal weight, the smallest FWHM, or the number below.
    number: of the frame, from 1 on, when chosen by number.
    """
    if not len(stars) or len(stars) != len(qualities):
        raise InputError(
            f"there are {len(stars)} lists of stars and {len(qualities)} qualities; "
            "one of each is needed for every frame"
        )
    if by == "number":
        if number > len(stars):
            raise InputError(f"there is no frame {number} among {len(stars)}; take a lower number")
        return Reference(stars[number - 1], number)
    rows = list(qualities)
    # where all frames were rejected by eye, one is needed none the less
    known = [i for i, q in enumerate(rows) if q.stars > 0]
    known = [i for i in known if rows[i].accepted] or known
    if not known:
        raise InputError(
            f"none of the {len(rows)} frames has stars (sensitivity {stars[0].sensitivity:g}); "
            "raise the sensitivity of the detection, or look at the frames"
        )
    finest = min(rows[i].binning for i in known)
    known = [i for i in known if rows[i].binning == finest]
    scores: dict[str, Callable[[Quality], float]] = {
        "stars": lambda q: q.stars,
        "psf signal": lambda q: q.psf_signal if math.isfinite(q.psf_signal) else -1.0,
        "fwhm": lambda q: -q.fwhm if math.isfinite(q.fwhm) else -math.inf,
    }
    index = max(known, key=lambda i: (scores[by](rows[i]), -i))
    return Reference(stars[index], index + 1)


def _spread(rows: Sequence[Quality]) -> tuple[tuple[str, float], ...]:
    """Min, max, median and sigma of each measure; of finite values only, NaN without any."""
    out: list[tuple[str, float]] = []
    for name in MEASURES:
        values = np.array([getattr(row, name) for row in rows], np.float64)
        values = values[np.isfinite(values)]
        numbers = [math.nan] * len(_SPREADS)
        if values.size:
            middle = float(np.median(values))
            sigma = 1.4826 * float(np.median(np.abs(values - middle)))
            numbers = [float(values.min()), float(values.max()), middle, sigma]
        out += [(f"{name}_{s}", n) for s, n in zip(_SPREADS, numbers, strict=True)]
    return tuple(out)


def _judge(quality: Quality, rules: Survey) -> tuple[float, str]:
    """The value of the formula, and why a frame is not used: empty if it is."""
    if not quality.accepted:
        return 0.0, "rejected by eye"
    values: Mapping[str, float] = {
        **{name: getattr(quality, name) for name in MEASURES}, **dict(rules.spreads)
    }  # fmt: skip
    try:
        if not evaluate(rules.approval, values) > 0:
            return 0.0, f"not approved: {rules.approval}"
        value = evaluate(rules.formula, values)
    except ValueError as error:
        return 0.0, str(error)
    if not (math.isfinite(value) and value >= 0):
        why = "no stars were found" if not quality.stars else f"the formula gives {value:g}"
        return 0.0, why
    return value, ""


def _weigh(quality: Quality, rules: Survey, best: float, equal: bool) -> tuple[float, str]:
    """The weight of a frame, 0 to 1, and why it is 0."""
    value, reason = _judge(quality, rules)
    if equal:
        return (1.0, reason) if quality.accepted else (0.0, reason)
    share = value / best
    if reason or share <= 0:
        return 0.0, reason or "the formula gives 0"
    if share < rules.minimum:
        return 0.0, f"weight {share:.3g} is below the minimum {rules.minimum:g}"
    return share, ""


def _table(judged: Sequence[tuple[Quality, float, str]]) -> Table:
    columns = ("frame", "start", "filter", "weight", "used", "reason", *MEASURES)
    rows: list[tuple[Any, ...]] = []
    for number, (quality, share, reason) in enumerate(judged, 1):
        measures = [getattr(quality, name) for name in MEASURES]
        rows.append(
            (number, quality.start, quality.filter, share, share > 0, reason, *measures)
        )  # fmt: skip
    return Table(columns, tuple(rows))
