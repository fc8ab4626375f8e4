"""Many frames into one image."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from graph.context import SILENT, Context
from graph.errors import InputError
from graph.spec import Partial, node
from nodes.bands import run_bands
from nodes.values import Image, LinearImage

# Of sums and weights together: 16 million samples at once, whatever the size of the image. Every
# further band of rows opens all frames again, 0.2 ms a frame beside 7 ms to add 12 megapixels.
_ACCUMULATORS = 256 << 20
_EACH = 16  # bytes: a sum and a weight in float64


def _memory(inputs: Mapping[str, int], counts: Mapping[str, int], params: Mapping[str, Any]) -> int:
    """Sums and weights of a band; the frame that is added is mapped, one at a time."""
    return min(_EACH // 4 * inputs["frames"], _ACCUMULATORS)


@node(
    "integrate.average",
    version=1,
    known_as=("ImageIntegration", "stack"),
    title="Average frames",
    memory=_memory,
)
def average(
    frames: Annotated[Sequence[LinearImage], Partial(lambda params: params["missing"] == "skip")],
    *,
    missing: Literal["skip", "fail"] = "skip",
    ctx: Context = SILENT,
) -> Image:
    """Average many frames into one image, each by its weight.

    Missing pixels of a frame have no part in theirs; a pixel that is missing in all of them is
    missing in the result. Sums are in float64, and memory does not grow with the number of frames.
    Header, solution and everything else are those of the first frame that counts; NCOMBINE tells
    how many did, EXPTIME stays that of one frame, and the weight is the sum of the weights.

    Raises InputError when there are no frames, none has a weight, a weight is negative or not a
    number, or a frame differs from the first in size, channels or Bayer pattern.

    missing: what to do when some frames could not be made; skip averages the others, fail makes
        no average.
    """
    looks = [_look(frames[index], ctx) for index in range(len(frames))]
    weights = [_check_weight(look.weight, index) for index, look in enumerate(looks)]
    chosen = [index for index, weight in enumerate(weights) if weight > 0]
    if not chosen:
        raise InputError(
            f"none of the {len(weights)} frames has a weight above 0; loosen what rejects them"
            if weights
            else "there are no frames to average; look at what makes them"
        )
    channels, rows, width = _check_same(looks, chosen)
    out = np.empty((channels * rows, width), np.float32)
    height = max(1, _ACCUMULATORS // (_EACH * width))
    tops = range(0, len(out), height)
    share = 1 / (len(tops) * len(chosen))
    for band, top in enumerate(tops):
        target = out[top : top + height]
        sums, present = np.zeros(target.shape), np.zeros(target.shape)
        for turn, index in enumerate(chosen):
            done = share * (band * len(chosen) + turn)
            text = f"frame {turn + 1} of {len(chosen)}"
            add = _adder(frames[index], weights[index], top, sums, present)
            run_bands(add, len(target), ctx=ctx, span=(done, done + share), text=text)
            del add  # and its frame, before the next is read
        _divide(sums, present, target)
    first = frames[chosen[0]]
    return first.replace(
        data=out.reshape(channels, rows, width),
        header=first.header.set("NCOMBINE", len(chosen), "frames averaged"),
        weight=math.fsum(weights),
    )


class _Look(NamedTuple):
    """What must be known of a frame before its pixels are read."""

    weight: float
    shape: tuple[int, ...]
    cfa: str | None


def _look(frame: Image, ctx: Context) -> _Look:
    ctx.check()
    return _Look(frame.weight, frame.data.shape, frame.cfa)


def _check_weight(weight: float, index: int) -> float:
    if not (math.isfinite(weight) and weight >= 0):
        raise InputError(f"frame {index + 1} has the weight {weight:g}; 0 or more is needed")
    return weight


def _check_same(looks: list[_Look], chosen: list[int]) -> tuple[int, ...]:
    """The shape of all chosen frames; InputError when one cannot be added to the first."""
    first = looks[chosen[0]]
    for index in chosen:
        look = looks[index]
        if look.shape != first.shape:
            raise InputError(
                f"frame {index + 1} is {_describe(look.shape)} but frame {chosen[0] + 1} is "
                f"{_describe(first.shape)}; register or crop them to one size, or group them"
            )
        if look.cfa != first.cfa:
            raise InputError(
                f"frame {index + 1} has the Bayer pattern {look.cfa or 'none'} but frame "
                f"{chosen[0] + 1} {first.cfa or 'none'}; debayer them first, or group them"
            )
    return first.shape


def _describe(shape: tuple[int, ...]) -> str:
    return f"{'RGB' if shape[0] == 3 else 'mono'} {shape[2]} × {shape[1]} px"


def _adder(
    frame: Image, weight: float, top: int, sums: np.ndarray, present: np.ndarray
) -> Callable[[int, int], None]:
    """What adds rows of a band of a frame, its planes taken as one below the other."""
    from nodes.kernels.average import add_rows

    data = frame.data.reshape(-1, frame.width)[top : top + len(sums)]
    return lambda first, last: add_rows(data, weight, first, last, sums, present)


def _divide(sums: np.ndarray, present: np.ndarray, out: np.ndarray) -> None:
    from nodes.kernels.average import divide_rows

    run_bands(lambda first, last: divide_rows(sums, present, first, last, out), len(out))
