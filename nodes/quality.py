"""How good a frame is: sharpness, stars, sky, noise, and the signal of its stars."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import Annotated, Any

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Each, From, node
from graph.values import value_type
from nodes.formats.keywords import read_field
from nodes.stars import SATURATED, Stars, detect
from nodes.values import LinearImage

#: PixInsight's factors of PSF signal weight and PSF SNR
_SIGNAL, _SNR = 5.326e-6 / 9.0e6, 1.316e-7 / 4.987e6
#: the shape is that of stars of that SNR, where there are enough: noise makes others look long
_CLEAR, _ENOUGH = 10.0, 20
_ALTITUDES = ("OBJCTALT", "CENTALT", "ALTITUDE", "ALT-OBJ")
_WITHIN, _ROUNDS = 0.6827, 20  # share of values within one sigma; rounds of rejection


@value_type("Quality", color="#c0a0e0")
@dataclass(frozen=True)
class Quality:
    """The measures of one frame; NaN where there are no stars, no valid pixel or no header value.

    fwhm (pixels) and eccentricity: means over the stars, without those that Chauvenet's criterion
    rejects. stars: how many were found. residual: of their profiles, by their height. median,
    mean_deviation (from it) and noise (multiresolution support): of the pixels, in units of the
    image. snr: squared ratio of the dispersion of the pixels to the noise. flux: of all stars
    that are not saturated; mean_flux: sum of their mean fluxes. n_star, m_star: deviation and
    median of what is darker than the background. psf_signal, psf_snr: the weights that
    PixInsight's PSF Signal Weight and PSF SNR are. exposure (seconds), airmass and altitude
    (degrees), start (UTC, ISO 8601), filter and binning are of the header. accepted: False for a
    frame that was rejected by eye.
    """

    fwhm: float
    eccentricity: float
    stars: float
    residual: float
    median: float
    mean_deviation: float
    noise: float
    snr: float
    psf_signal: float
    psf_snr: float
    flux: float
    mean_flux: float
    n_star: float
    m_star: float
    exposure: float = math.nan
    airmass: float = math.nan
    altitude: float = math.nan
    binning: float = 1.0
    start: str = ""
    filter: str = ""
    accepted: bool = True

    def summary(self) -> str:
        """``FWHM 3.21 px, eccentricity 0.41, 1500 stars``."""
        return (
            f"FWHM {self.fwhm:.3g} px, eccentricity {self.eccentricity:.2g}, "
            f"{self.stars:.0f} stars" + ("" if self.accepted else ", rejected")
        )


#: what formulas may name: all that is a number, in the order of tables
MEASURES = tuple(f.name for f in fields(Quality) if f.type == "float")


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """The plane of brightness of a colour image, a sample of it, and pieces for the noise."""
    return inputs["image"] + (32 << 20)


@node(
    "quality.measure",
    version=1,
    known_as=("SubframeSelector", "SSWEIGHT", "PSF Signal Weight", "seqstat", "seqpsf"),
    title="Measure quality",
    memory=_memory,
)
def measure(
    image: LinearImage,
    stars: Annotated[Stars, From(detect)],
    *,
    accepted: Annotated[bool, Each()] = True,
    ctx: Context = SILENT,
) -> Quality:
    """Measure what a frame is worth: sharpness, shape and number of its stars, sky, noise, signal.

    Stars and pixels are measured in the mean of the channels, or of the 2 × 2 pixels of a raw
    mosaic, in which the stars were found: so frames of one kind can be compared, which is what
    weights need. Levels come from a quarter of a million pixels, the noise from six pieces of the
    image. Saturated stars do not count, and the shape is that of stars with an SNR of 10 or more.
    PSF signal and PSF SNR do not change when the image is multiplied by a number.

    Exposure, start, filter, binning, airmass and altitude are read from the header, whatever the
    keyword.

    Raises InputError for stars of an image of other size.
    Source: PixInsight's SubframeSelector and PSFSignalEstimator, with medians of boxes for its
    large-scale background; Chauvenet's criterion after Maples et al. 2018, ApJS 238, 2.

    accepted: false for frames that were rejected by eye, which get the weight 0; a single value
        for all.
    """
    from nodes.kernels.brightness import brightness
    from nodes.kernels.levels import measure_levels

    if (stars.width, stars.height) != (image.width, image.height):
        raise InputError(
            f"the stars are those of an image of {stars.width} × {stars.height} px but this one "
            f"has {image.width} × {image.height} px; detect the stars of this image"
        )
    view = brightness(image, ctx, (0.0, 0.2))
    levels = measure_levels(view.plane, ctx, (0.2, 1.0))
    plain = (stars.flags & SATURATED) == 0
    clear = plain & (stars.snr >= _CLEAR)
    if np.count_nonzero(clear) < _ENOUGH:
        clear = plain
    flux = float(np.sum(stars.flux[plain], dtype=np.float64))
    means = stars.mean[plain].astype(np.float64)
    mean_flux = float(np.clip(means, *chauvenet_range(means)).sum()) if means.size else 0.0
    header = image.header
    return Quality(
        fwhm=_mean(stars.fwhm[clear]),
        eccentricity=_mean(stars.eccentricity[clear]),
        stars=float(stars.found),
        residual=_mean(stars.residual[clear] / stars.amplitude[clear]),
        median=levels.median,
        mean_deviation=levels.mean_deviation,
        noise=levels.noise,
        snr=_ratio(levels.dispersion**2, levels.noise**2),
        psf_signal=_SIGNAL * _ratio(flux * mean_flux, levels.n_star * levels.m_star),
        psf_snr=_SNR * _ratio(flux**2, levels.n_star**2),
        flux=flux,
        mean_flux=mean_flux,
        n_star=levels.n_star,
        m_star=levels.m_star,
        exposure=_number(read_field(header, "exposure")),
        airmass=_number(header.get("AIRMASS")),
        altitude=next((v for k in _ALTITUDES if (v := _number(header.get(k))) == v), math.nan),
        binning=float(read_field(header, "x_binning") or 1.0),
        start=str(read_field(header, "start") or ""),
        filter=str(read_field(header, "filter") or ""),
        accepted=accepted,
    )


def chauvenet_range(values: np.ndarray) -> tuple[float, float]:
    """The extremes of the values that Chauvenet's criterion leaves.

    A value is rejected when less than half a value that far off is to be expected. Centre and
    deviation are first the median and the 68th percentile of the deviations from it, which stand
    a great deal, then mean and standard deviation, which are sharper.
    """
    kept = np.sort(np.asarray(values, np.float64))
    for robust in (True, False):
        for _ in range(_ROUNDS):
            centre = float(np.median(kept)) if robust else float(kept.mean())
            off = np.abs(kept - centre)
            spread = np.quantile(off, _WITHIN) if robust else np.sqrt(np.mean(off**2))
            far = NormalDist().inv_cdf(1 - 0.25 / len(kept)) * float(spread)
            left = kept[off <= far]
            if len(left) in (0, len(kept)):
                break
            kept = left
    return float(kept[0]), float(kept[-1])


def _mean(values: np.ndarray) -> float:
    """The mean of what Chauvenet's criterion leaves; NaN of nothing."""
    values = values[np.isfinite(values)].astype(np.float64)
    if values.size == 0:
        return math.nan
    low, high = chauvenet_range(values)
    return float(values[(values >= low) & (values <= high)].mean())


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


def _number(value: Any) -> float:
    """The number that a card begins with; NaN without one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = re.match(r"\s*([+-]?\d+(?:\.\d*)?)", str(value))
    return float(match[1]) if match else math.nan
