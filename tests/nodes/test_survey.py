"""Weights of the frames of a night, against tables worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pytest

from graph.context import Context
from graph.errors import InputError
from graph.model import Graph
from graph.plan import plan
from graph.registry import Registry
from graph.run import run
from graph.spec import Each, Partial, node, spec_of
from graph.store import Store
from nodes.quality import MEASURES, Quality
from nodes.stars import Stars
from nodes.survey import NAMES, choose_reference, survey, weigh
from nodes.survey_plot import hours_of

PLAIN = Quality(3.0, 0.4, 1000.0, 0.02, 0.01, 0.001, 0.0003, 5.0, 0.004, 0.02, 200.0, 1.5, 0.0003,
                0.0002, 120.0, 1.2, 60.0, 1.0, "2026-03-14T20:30:00", "L")  # fmt: skip
#: five frames with FWHM, eccentricity, stars, SNR and PSF signal
FIVE = [
    replace(PLAIN, fwhm=f, eccentricity=e, stars=s, snr=r, psf_signal=p, noise=n)
    for f, e, s, r, p, n in (
        (3.0, 0.30, 1000.0, 10.0, 0.008, 1e-3),
        (3.5, 0.40, 900.0, 8.0, 0.006, 1e-3),
        (4.0, 0.50, 800.0, 9.0, 0.004, 2e-3),
        (5.0, 0.70, 500.0, 6.0, 0.0003, 1e-3),
        (3.2, 0.35, 950.0, 7.0, 0.007, 4e-3),
    )
]


class Told(Context):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def warn(self, message: str) -> None:
        self.messages.append(message)


def weights(rows: Sequence[Quality], **params: Any) -> list[float]:
    found = survey(rows, **params)
    each = [weigh(row, found.survey) for row in rows]
    column = found.table.columns.index("weight")
    assert [row[column] for row in found.table.rows] == each
    return each


def reasons(rows: Sequence[Quality], **params: Any) -> list[str]:
    found = survey(rows, **params)
    return [row[found.table.columns.index("reason")] for row in found.table.rows]


def test_the_weights_of_wbpp_worked_out_by_hand() -> None:
    """65 + 5 FWHM + 10 eccentricity + 20 SNR, each scaled to 0 to 1 over the five frames."""
    parts = [  # (5 - fwhm) / 2, (0.7 - e) / 0.4, (snr - 6) / 4
        (1.0, 1.0, 1.0), (0.75, 0.75, 0.5), (0.5, 0.5, 0.75), (0.0, 0.0, 0.0), (0.9, 0.875, 0.25)
    ]  # fmt: skip
    raw = [65 + 5 * f + 10 * e + 20 * r for f, e, r in parts]
    np.testing.assert_allclose(weights(FIVE, weight="wbpp"), np.array(raw) / 100)


def test_what_was_rejected_by_eye_spreads_no_scale() -> None:
    worse = replace(PLAIN, accepted=False, fwhm=30.0, snr=100.0)
    assert weights([*FIVE, worse], weight="wbpp") == [*weights(FIVE, weight="wbpp"), 0]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("psf signal", [1, 0.75, 0.5, 0, 0.875]),  # 0.0375 is below the minimum
        ("noise", [1, 1, 0.25, 1, 0.0625]),
        ("snr", [1, 0.8, 0.9, 0.6, 0.7]),
        ("stars", [1, 0.64, 0.36, 0, 0.81]),
        ("fwhm", [1, (1 / 3.5**2 - 0.04) / (1 / 9 - 0.04), (1 / 16 - 0.04) / (1 / 9 - 0.04), 0,
                  (1 / 3.2**2 - 0.04) / (1 / 9 - 0.04)]),
        ("none", [1, 1, 1, 1, 1]),
        ("psf snr", [1, 1, 1, 1, 1]),
    ],
)  # fmt: skip
def test_every_choice(weight: str, expected: list[float]) -> None:
    np.testing.assert_allclose(weights(FIVE, weight=weight), expected, atol=1e-12)


def test_a_formula_over_measures_and_their_spread() -> None:
    formula = "fwhm_max - fwhm + stars / stars_median + snr_sigma - snr_min / 6"
    raw = np.array([5 - q.fwhm + q.stars / 900 + 1.4826 * 1.0 - 1 for q in FIVE])
    expected = np.where(raw > 0, raw, 0) / raw.max()
    expected[expected < 0.2] = 0
    found = weights(FIVE, weight="formula", formula=formula, minimum=0.2)
    np.testing.assert_allclose(found, expected)


def test_approval_and_eye_leave_frames_out_and_say_why() -> None:
    rows = [*FIVE, replace(PLAIN, accepted=False, psf_signal=9.0)]
    told = Told()
    approval = "fwhm < 4 and eccentricity < 0.7"
    found = survey(rows, approval=approval, ctx=told)
    assert reasons(rows, approval=approval) == [
        "", "", f"not approved: {approval}", f"not approved: {approval}", "", "rejected by eye"
    ]  # fmt: skip
    assert weights(rows, approval=approval)[:2] == [1, 0.75]  # what was rejected is no measure
    assert told.messages == ["frames of weight 0: 3, 4, 6; the table says why"]
    assert (found.survey.used, found.survey.frames) == (3, 6)
    assert found.survey.summary() == "3 of 6 frames used"


def test_frames_that_could_not_be_measured() -> None:
    none = replace(PLAIN, fwhm=math.nan, psf_signal=math.nan, stars=0.0)
    assert weights([*FIVE, none])[-1] == 0
    assert reasons([*FIVE, none])[-1] == "no stars were found"
    assert "weight 0.0375 is below the minimum 0.05" in reasons(FIVE)
    assert "has no value" in reasons(FIVE, weight="formula", formula="1 / (fwhm - 3)")[0]
    assert reasons(FIVE, weight="formula", formula="-1")[0] == "the formula gives -1"
    told = Told()
    rows = [none, none, replace(none, accepted=False)]
    assert weights(rows) == [1, 1, 0]
    survey(rows, ctx=told)
    assert told.messages[0].startswith("no frame has a weight (no stars were found), so all")


def test_one_frame_and_equal_frames_weigh_one() -> None:
    for weight in ("psf signal", "wbpp", "fwhm", "stars", "noise"):
        assert weights([PLAIN], weight=weight) == [1]
        assert weights([PLAIN] * 3, weight=weight) == [1, 1, 1]


def test_no_frames_are_refused() -> None:
    with pytest.raises(InputError, match="there are no frames to compare"):
        survey([])


def test_the_table_has_all_measures() -> None:
    found = survey(FIVE)
    assert found.table.columns == ("frame", "start", "filter", "weight", "used", "reason",
                                   *MEASURES)  # fmt: skip
    row = dict(zip(found.table.columns, found.table.rows[1], strict=True))
    assert (row["frame"], row["filter"], row["used"], row["fwhm"]) == (2, "L", True, 3.5)


def test_formulas_are_checked_before_a_run() -> None:
    for name in ("formula", "approval"):
        assert spec_of(survey).params[name].expression.names == NAMES
    assert {"fwhm", "fwhm_min", "psf_signal_sigma"} <= set(NAMES)


# --- the plot ------------------------------------------------------------------------------------


def test_the_plot_crosses_what_is_not_used() -> None:
    plot = survey(FIVE).plot
    assert not plot.linear
    assert plot.channels == 3
    colors = (plot.data * 255).round().astype(int).reshape(3, -1).T
    red = np.sum((colors == (0xC0, 0x30, 0x30)).all(axis=1))
    assert red > 20  # one frame is below the minimum
    clean = (survey(FIVE[:3]).plot.data * 255).round().astype(int).reshape(3, -1).T
    assert np.sum((clean == (0xC0, 0x30, 0x30)).all(axis=1)) == 0
    assert np.sum((clean == (0x30, 0x70, 0xB0)).all(axis=1)) > 20


def test_times_of_the_plot() -> None:
    starts = ["2026-03-14T23:30:00", "2026-03-14T22:00:00.5", "2026-03-15T00:30:00"]
    np.testing.assert_allclose(hours_of(starts), [1.5, 0, 2.5], atol=1e-3)  # type: ignore[arg-type]
    assert hours_of([*starts, ""]) is None


# --- the reference -------------------------------------------------------------------------------


def stars_of(count: int) -> Stars:
    columns = {name: np.arange(count) for name in Stars.__dataclass_fields__ if name not in
               ("width", "height", "found", "wcs", "sensitivity", "profile")}  # fmt: skip
    return Stars(**columns, width=10, height=10)


LISTS = [stars_of(n + 1) for n in range(5)]


def test_the_reference_is_the_best_by_choice() -> None:
    assert choose_reference(LISTS, FIVE).number == 1
    assert choose_reference(LISTS, FIVE).stars is LISTS[0]
    rows = [replace(q, accepted=n > 0) for n, q in enumerate(FIVE)]
    assert choose_reference(LISTS, rows).number == 5
    rows = [replace(q, binning=1.0 if n in (2, 3) else 2.0) for n, q in enumerate(FIVE)]
    assert choose_reference(LISTS, rows).number == 3
    rows = [replace(q, fwhm=5.0 - n, psf_signal=float(n == 3)) for n, q in enumerate(FIVE)]
    assert choose_reference(LISTS, rows, by="fwhm").number == 5
    assert choose_reference(LISTS, rows, by="psf signal").number == 4
    assert choose_reference(LISTS, rows, by="number", number=2).number == 2
    assert choose_reference(LISTS, [PLAIN] * 5).number == 1
    assert choose_reference(LISTS, [replace(q, accepted=False) for q in FIVE]).number == 1


def test_there_must_be_a_reference() -> None:
    with pytest.raises(InputError, match="0 lists of stars and 0 qualities"):
        choose_reference([], [])
    with pytest.raises(InputError, match="5 lists of stars and 4 qualities"):
        choose_reference(LISTS, FIVE[:4])
    with pytest.raises(InputError, match=r"none of the 5 frames has stars \(sensitivity 0.5\)"):
        choose_reference(LISTS, [replace(q, stars=0.0) for q in FIVE])
    with pytest.raises(InputError, match="no frame 9 among 5"):
        choose_reference(LISTS, FIVE, by="number", number=9)


# --- in a graph ----------------------------------------------------------------------------------


@node("test.quality", version=1)
def make_quality(*, number: Annotated[int, Each()]) -> Quality:
    """A frame of the five; the third cannot be made."""
    if number == 2:
        raise InputError("broken")
    return FIVE[number]


@node("test.sum", version=1)
def add(numbers: Annotated[Sequence[float], Partial()]) -> float:
    """The sum of what there is."""
    return math.fsum(numbers)


def test_a_frame_that_is_missing_is_left_out() -> None:
    graph = Graph(Registry([make_quality, survey, weigh, add]))
    graph.add("frames", "test.quality", number=[0, 1, 2, 3, 4])
    graph.add("survey", "quality.survey")
    graph.add("weigh", "quality.weigh")
    graph.add("sum", "test.sum")
    for link in (("frames", "quality", "survey", "qualities"), ("frames", "quality", "weigh",
                 "quality"), ("survey", "survey", "weigh", "survey"), ("weigh", "number", "sum",
                 "numbers")):  # fmt: skip
        graph.link(*link)
    store = Store()
    result = run(plan(graph, store, targets=["sum"]), store)
    assert result.value("sum") == 1 + 0.75 + 0.875
    assert [result.item("weigh", i) for i in (0, 1, 3, 4)] == [1, 0.75, 0, 0.875]
