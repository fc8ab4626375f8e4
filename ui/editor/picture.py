"""What a viewer shows: a value with all that is needed to draw it, and how it is stretched."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nodes.values import Pyramid, Statistics


@dataclass(frozen=True, slots=True)
class Want:
    """What a viewer needs made: an output of a node, and of frames only one.

    Of a node that is a viewer itself (``view.screen``) it is what that node is shown.
    statistics: the node and output whose statistics give the stretch; None for its own.
    """

    node: str
    output: str
    item: int = 0
    statistics: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A value made for a viewer.

    value: Image, Mask, Screen, Statistics, Table, text, number … pyramid and statistics stand
    beside an Image (a Mask is shown as it is, statistics None). items: how many frames there are
    where the output is frames, else None. groups: how many each group of them has, where they stand
    in groups.
    """

    want: Want
    value: Any
    pyramid: Pyramid | None = None
    statistics: Statistics | None = None
    items: int | None = None
    groups: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a viewer stretches: the settings of ``view.screen`` of the same names."""

    link: str = "auto"
    stretch: str = "auto"
    target: float = 0.25
    clipping: float = -2.8
    exact_target: bool = False
    shadows: tuple[float, ...] = ()
    midtones: tuple[float, ...] = ()
    highlights: tuple[float, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Look:
        """The look in the parameters of a node or in a file; what cannot be read is the default."""
        found = {}
        for field in dataclasses.fields(cls):
            value = given.get(field.name, field.default)
            if isinstance(field.default, tuple):
                good = isinstance(value, list | tuple) and all(map(_is_number, value))
                value = tuple(float(v) for v in value) if good else field.default
            elif isinstance(field.default, float):
                value = float(value) if _is_number(value) else field.default
            elif not isinstance(value, type(field.default)):
                value = field.default
            found[field.name] = value
        return cls(**found)

    def to_json(self) -> dict[str, Any]:
        """What ``read`` takes."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
