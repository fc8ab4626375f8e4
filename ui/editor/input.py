"""What the mouse and keyboard did, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["press", "release", "move", "wheel", "double", "key"]

LEFT, RIGHT, MIDDLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that the user did; x and y in pixels of the window, from its upper left corner.

    button: 0 left, 1 right, 2 middle, of press, release and double. steps: of the wheel, positive
    away from the user. mods: some of ``ctrl``, ``shift``, ``alt``. key: its name, of key: ``L``,
    ``Delete``, ``Tab``. A double click comes after the press of its second click.
    """

    kind: Kind
    x: float
    y: float
    button: int = 0
    steps: float = 0.0
    mods: frozenset[str] = frozenset()
    key: str = ""
