"""Cosmic rays in single frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.spec import Range, node
from nodes.formats.keywords import read_field
from nodes.values import Image, LinearImage, Mask

_WHITE = 65535.0


class Cleaned(NamedTuple):
    """A frame without cosmic rays, and where they were."""

    image: Image
    mask: Mask


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """The significance of every pixel, and maps of bytes."""
    return inputs["image"] * 3 // 2


@node(
    "cosmic_rays.remove",
    version=1,
    known_as=("L.A.Cosmic", "lacosmic", "astroscrappy", "CosmicClean"),
    title="Remove cosmic rays",
    memory=_memory,
)
def remove(
    image: LinearImage,
    *,
    sigma: Annotated[float, Range(0.5, 100, slider=(2, 15))] = 4.5,
    fraction: Annotated[float, Range(0, 1)] = 0.3,
    contrast: Annotated[float, Range(0, 100, slider=(1, 10))] = 5.0,
    gain: Annotated[float, Range(1e-6, 1e6, slider=(0.1, 10), scale="log", unit="e-/ADU")]
    | None = None,
    read_noise: Annotated[float, Range(0, 1000, slider=(0, 20), unit="e-")] = 6.5,
    background: Annotated[float, Range(0, 65535, unit="ADU")] = 0.0,
    saturation: Annotated[float, Range(0, slider=(0.1, 1))] = 0.7,
    iterations: Annotated[int, Range(1, 20)] = 4,
    ctx: Context = SILENT,
) -> Cleaned:
    """Find cosmic rays by their sharp edges and replace them by their surroundings (L.A.Cosmic).

    For a calibrated frame with its sky. A pixel is hit where the Laplacian, compared with the
    noise that gain, read noise and the median of the 5 × 5 pixels make, stands out by more than
    sigma, and by more than contrast times the structure that is as fine as a star. Its neighbours
    that stand out by sigma, and theirs that do by sigma · fraction, are hit too. Hit pixels become
    the mean of the others in the 5 × 5, and the search is repeated. Of a stack of many frames,
    rejection finds them as well, without a model of the noise.

    Each colour of a raw mosaic is searched for itself, and each channel. Missing pixels stay
    missing. The mask is 1 where any channel was replaced.

    Without a gain, EGAIN of the header is taken, or 1 with a warning. Stars with a FWHM below
    2 pixels may be taken for rays: raise contrast.
    Source: P. G. van Dokkum 2001, PASP 113, 1420; parameters of astroscrappy.

    sigma: how far a ray stands out of the noise; lower finds more.
    fraction: of sigma, for pixels beside a ray.
    contrast: how much sharper than a star a ray is; higher protects undersampled stars.
    gain: electrons for one ADU, of 65535 at full scale or of what the file calls white.
    read_noise: of the camera, in electrons.
    background: what was taken off the frame before, as sky; ADU.
    saturation: stars that are brighter than this, where 1 is full scale, are left alone.
    iterations: how often the search is done at most.
    """
    from nodes.kernels.cosmic_rays import Limits, remove_rays

    if gain is None:
        found = read_field(image.header, "electrons")
        gain = float(found) if found else 1.0
        if not found:
            ctx.warn("the header says no gain (EGAIN, CVF), so 1 e-/ADU is taken; set the gain")
    white = image.white if image.white > 1 else _WHITE
    limits = Limits(
        sigma, fraction, contrast, gain * white, gain * background, read_noise, saturation
    )
    out = np.empty(image.data.shape, np.float32)
    mask = np.zeros(image.data.shape[1:], np.float32)
    step = 2 if image.cfa and min(image.height, image.width) > 1 else 1
    parts = [(c, y, x) for c in range(image.channels) for y in range(step) for x in range(step)]
    for index, (c, y, x) in enumerate(parts):
        where = (slice(y, None, step), slice(x, None, step))
        plane = np.ascontiguousarray(image.data[c][where])
        span = (index / len(parts), (index + 1) / len(parts))
        clean, rays = remove_rays(plane, limits, iterations, ctx, span)
        out[c][where] = clean
        np.maximum(mask[where], rays, out=mask[where])
    return Cleaned(image.replace(data=out), Mask(mask))
