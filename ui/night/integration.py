"""From lights to an integrated image: the chain of one stack."""

from __future__ import annotations

from typing import Any

from ui.night.calibration import Calibration, count
from ui.night.draft import Draft, Patch, Source, suffix_of
from ui.night.sets import FEWEST, FrameSet
from ui.night.stacks import Stack

#: Below so many frames rejection by percentiles, the rule of WBPP, would take 5 to 30 % of the good
#: samples, the more the darker the sky. Measured noise takes half a percent and cleans as well.
_FEW = 6
_LOCAL = {"normalization": "local", "rejection_normalization": "local"}
_FOR_FEW = {"rejection": "ccd noise", "scale_noise": 0.05}


class StackChain:
    """The nodes of a stack, made step by step, since stacks of a target share some of them."""

    def __init__(self, draft: Draft, calibration: Calibration, stack: Stack) -> None:
        self.draft = draft
        self.stack = stack
        self.suffix = suffix_of(stack.name)
        whole = stack.whole
        self.patch = Patch(f"{stack.name}: {count(whole)}, {whole.describe()}")
        rows = [self._calibrate(calibration, one, row) for row, one in enumerate(stack.sets)]
        images = [image for image, _ in rows]
        self.images = self._join((4, 0), "frames", images)
        #: local fits, where they are asked for
        self.fits: Source | None = None
        #: before the mosaics were debayered, for drizzle
        self.raw = self.images
        if draft.options.drizzle and whole.first.cfa:
            self.raw = self._join((4, len(rows)), "mosaics", [raw for _, raw in rows])
        self.stars = self._add((5, 1), "stars", "stars.detect")
        draft.link(*self.images, self.stars, "image")
        self.quality = self._add((6, 2), "quality", "quality.measure")
        draft.link(*self.images, self.quality, "image")
        draft.link(self.stars, "stars", self.quality, "stars")

    def _calibrate(
        self, calibration: Calibration, one: FrameSet, row: int
    ) -> tuple[Source, Source]:
        """From raw lights of one set to images, and what they were before debayering."""
        draft, patch, suffix = self.draft, self.patch, suffix_of(one.name)
        source = draft.load(patch, (0, row), f"lights{suffix}", one.frames)
        calibrated = calibration.calibrate(patch, (1, row), f"calibrate{suffix}", source, one)
        source = calibrated or source
        defects = calibration.find_defects(one)
        # A list of the dark's hot pixels is enough; without, only what stands out far is taken.
        found: dict[str, Any] = (
            {"auto": False} if defects else {"hot_sigma": 5.0, "cold_sigma": 5.0}
        )
        cosmetic = draft.add(patch, (2, row), f"cosmetic{suffix}", "cosmetic.correct", **found)
        draft.link(source, "image", cosmetic, "image")
        if defects:
            draft.link(defects, "defects", cosmetic, "defects")
        raw = cosmetic, "image"
        if not one.first.cfa:
            return raw, raw
        color = draft.add(patch, (3, row), f"debayer{suffix}", "debayer.debayer")
        draft.link(*raw, color, "image")
        return (color, "image"), raw

    def match_frames(self, reference: str) -> None:
        """Where each frame lies on the reference."""
        self.match = self._add((6, 1), "match", "register.match")
        self.draft.link(self.stars, "stars", self.match, "stars")
        self.draft.link(reference, "stars", self.match, "reference")

    def integrate(self, canvas: str) -> None:
        """Frames on the canvas, their weights, and one image of them."""
        link = self.draft.link
        warp = self._add((7, 0), "warp", "register.warp")
        link(*self.images, warp, "image")
        link(self.match, "transform", warp, "transform")
        link(canvas, "canvas", warp, "canvas")
        self.survey = self._add((7, 2), "survey", "quality.survey")
        link(self.quality, "quality", self.survey, "qualities")
        self.weigh = self._add((8, 2), "weigh", "quality.weigh")
        link(self.quality, "quality", self.weigh, "quality")
        link(self.survey, "survey", self.weigh, "survey")
        few = FEWEST <= len(self.stack.whole.frames) < _FEW
        params = {**(_FOR_FEW if few else {}), **(_LOCAL if self.draft.options.local else {})}
        self.stacked = self._add((9, 0), "stack", "integrate.stack", **params)
        link(warp, "image", self.stacked, "frames")
        link(self.weigh, "number", self.stacked, "weights")
        if few:
            self._measure_noise()
        if self.draft.options.local:
            self._fit_locally(warp, canvas)
        self.draft.save(self.patch, (10, 0), (self.stacked, "image"), self.stack.name, "fits")
        if self.draft.options.drizzle:
            self._drizzle(canvas)
        self._report()

    def _measure_noise(self) -> None:
        """The noise that the rejection of few frames holds samples against."""
        measures = self._add((5, 3), "statistics", "measure.statistics")
        self.draft.link(*self.images, measures, "image")
        floor = self._add((6, 3), "noise", "integrate.noise_floor")
        self.draft.link(measures, "statistics", floor, "measures")
        self.draft.link(floor, "number", self.stacked, "readout_noise")

    def _fit_locally(self, warp: str, canvas: str) -> None:
        """How sky and flux of each frame differ from those of the best ones together."""
        link = self.draft.link
        best = self._add((7, 4), "local_reference", "local.reference")
        link(warp, "image", best, "frames")
        link(self.quality, "quality", best, "qualities")
        stars = self._add((7, 5), "local_stars", "stars.detect")
        link(best, "image", stars, "image")
        fit = self._add((8, 4), "local", "local.fit")
        link(warp, "image", fit, "image")
        link(best, "image", fit, "reference")
        link(self.stars, "stars", fit, "stars")
        link(stars, "stars", fit, "reference_stars")
        link(self.match, "transform", fit, "transform")
        link(canvas, "canvas", fit, "canvas")
        link(fit, "fit", self.stacked, "locals")
        self.fits = fit, "fit"

    def _drizzle(self, canvas: str) -> None:
        """Frames as they are before registration, dropped on a finer grid."""
        scale = self.draft.options.drizzle
        mosaic = bool(self.stack.whole.first.cfa)
        node = self._add((9, 6), "drizzle", "drizzle.integrate", scale=scale,
                         **({"drop": 1.0} if mosaic else {}))  # fmt: skip
        link = self.draft.link
        link(*self.raw, node, "frames")
        link(self.match, "transform", node, "transforms")
        link(canvas, "canvas", node, "canvas")
        link(self.weigh, "number", node, "weights")
        link(self.stacked, "image", node, "master")
        if self.fits:
            link(*self.fits, node, "locals")
        name = f"{self.stack.name}_drizzle{scale:g}".replace(".", "_")
        self.draft.save(self.patch, (10, 6), (node, "image"), name, "fits")

    def _report(self) -> None:
        """Tables of the stack, frame by frame and summed up, and a picture of the frames."""
        draft, patch, link = self.draft, self.patch, self.draft.link
        table = self._add((7, 1), "registration", "register.table")
        link(self.match, "transform", table, "transforms")
        frames = self.stack.whole.frames
        tables = self._join(
            (9, 1), "tables",
            [(self.survey, "table"), (table, "table"), (self.stacked, "report")],
        )  # fmt: skip
        report = self._add(
            (10, 1), "report", "report.frames",
            files=[frame.path.name for frame in frames],
            starts=[frame.start or "" for frame in frames],
        )  # fmt: skip
        link(*tables, report, "tables")
        name = self.stack.name
        draft.save(patch, (11, 1), (report, "table"), f"{name}_frames", "csv")
        draft.save(patch, (8, 3), (self.survey, "plot"), f"{name}_frames", "png")
        # of the frames alone, for a night whose image could not be made; and with it
        lone = self._add((10, 2), "summary", "report.night", name=name)
        whole = self._add((11, 2), "result", "report.night", name=name)
        for node in (lone, whole):
            link(report, "table", node, "frames")
        measured = self._add((10, 3), "measured", "measure.statistics")
        link(self.stacked, "image", measured, "image")
        link(measured, "statistics", whole, "statistics")
        self.summaries = [(lone, "table"), (whole, "table")]

    def finish(self, coverage: Source) -> None:
        """The image cut to what all filters cover, and a small picture of it."""
        crop = self._add((10, 4), "crop", "geometry.autocrop")
        self.draft.link(self.stacked, "image", crop, "image")
        self.draft.link(*coverage, crop, "coverage")
        name = self.stack.name
        self.draft.save(self.patch, (11, 4), (crop, "image"), f"{name}_crop", "fits")
        self.draft.show(self.patch, (11, 5), (self.stacked, "image"), name)

    def _add(self, cell: tuple[int, int], id: str, type: str, **params: Any) -> str:
        return self.draft.add(self.patch, cell, f"{id}{self.suffix}", type, **params)

    def _join(self, cell: tuple[int, int], id: str, sources: list[Source]) -> Source:
        return self.draft.join(self.patch, cell, f"{id}{self.suffix}", sources)
