"""From the settings of a viewer to the stretch it shows, and what its handles do to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from graph.errors import InputError
from ui.editor.picture import Look, Picture

if TYPE_CHECKING:
    from nodes.values import Statistics, Stretch

Handle = Literal["shadows", "midtones", "highlights"]
HANDLES: tuple[Handle, ...] = ("shadows", "midtones", "highlights")
#: shadows and highlights come no nearer to each other by the handles
NEAREST = 1 / 65536


def choose(picture: Picture, look: Look) -> tuple[Stretch, list[str]]:
    """The stretch that a picture is shown with, and sentences of why it may mislead.

    Without statistics (a mask, a screen) it is shown as it is. A manual stretch that was made
    for another number of channels is left out, and so are statistics of another image.
    """
    from nodes.stf import IDENTITY, check_channels, choose_stretch, note_stretch

    measured = picture.statistics
    if measured is None:
        return IDENTITY, []
    missing = picture.pyramid.missing if picture.pyramid else 0
    try:
        if picture.pyramid:
            check_channels(measured, picture.pyramid.levels[0].shape[0])
    except InputError as error:
        return IDENTITY, [f"shown as it is: {error}"]
    notes = []
    try:
        stretch = _choose(measured, look)
    except InputError as error:
        notes.append(f"stretched automatically: {error}")
        look = replace(look, stretch="auto")
        stretch = choose_stretch(measured, "auto", "auto")
    return stretch, notes + note_stretch(measured, stretch, look.stretch, missing)


def _choose(measured: Statistics, look: Look) -> Stretch:
    from nodes.stf import choose_stretch

    return choose_stretch(
        measured,
        look.stretch,
        look.link,
        target=look.target,
        clipping=look.clipping,
        exact_target=look.exact_target,
        shadows=look.shadows,
        midtones=look.midtones,
        highlights=look.highlights,
    )


def toggle_link(look: Look, measured: Statistics | None) -> Look:
    """Linked becomes unlinked and the other way round; a manual stretch an automatic one.

    What ``auto`` stands for is decided by the statistics. A mono picture has nothing to link.
    """
    from nodes.stf import resolve_link

    if measured is None or len(measured.median) == 1:
        return look
    if look.stretch == "manual":
        stretch, _ = choose(_bare(measured), look)
        return replace(look, stretch="auto", link=_other(stretch.link))
    return replace(look, link=_other(resolve_link(measured, look.link)))


def is_linked(stretch: Stretch) -> bool:
    """Whether all channels have one curve."""
    return len(set(zip(stretch.shadows, stretch.midtones, stretch.highlights, strict=True))) == 1


def _other(link: str) -> str:
    return "unlinked" if link == "linked" else "linked"


def _bare(measured: Statistics) -> Picture:
    from ui.editor.picture import Want

    return Picture(Want("", ""), None, statistics=measured)


# --- handles -------------------------------------------------------------------------------------


def handle_places(stretch: Stretch, channel: int) -> tuple[float, float, float]:
    """Levels at which shadows, midtones and highlights of a channel stand, within 0 to 1.

    Midtones stand where the data become 0.5: between the others, as in PixInsight.
    """
    from nodes.stf import row

    shadows, midtones, highlights, *_ = row(stretch, channel)
    return shadows, shadows + midtones * (highlights - shadows), highlights


def drag(
    look: Look, stretch: Stretch, handle: Handle, level: float, channel: int | None, channels: int
) -> Look:
    """The look after a handle was dragged to a level; its stretch is manual then.

    stretch: what is shown now. channel: whose handle, or None for all: they get the same when
    they have the same, else each is moved as far. Midtones keep their share of the way between
    shadows and highlights when these move.
    """
    from nodes.stf import row

    rows = [list(row(stretch, c)[:3]) for c in range(channels)]
    level = min(max(level, 0.0), 1.0)
    shift = level - handle_places(stretch, channel or 0)[HANDLES.index(handle)]
    for c in range(channels) if channel is None else (channel,):
        own = handle_places(stretch, c)[HANDLES.index(handle)] + shift
        rows[c] = _moved(rows[c], handle, min(max(own, 0.0), 1.0))
    return _by_hand(look, rows)


def _moved(row: list[float], handle: Handle, level: float) -> list[float]:
    shadows, midtones, highlights = row
    if handle == "shadows":
        return [max(0.0, min(level, highlights - NEAREST)), midtones, highlights]
    if handle == "highlights":
        return [shadows, midtones, min(1.0, max(level, shadows + NEAREST))]
    if highlights == shadows:
        return row
    return [shadows, min(max((level - shadows) / (highlights - shadows), 0.0), 1.0), highlights]


def typed(look: Look, stretch: Stretch, handle: Handle, value: float, channel: int | None,
          channels: int) -> Look:  # fmt: skip
    """The look after a number was typed for one channel, or all; its stretch is manual then."""
    from nodes.stf import row

    rows = [list(row(stretch, c)[:3]) for c in range(channels)]
    for c in range(channels) if channel is None else (channel,):
        rows[c][HANDLES.index(handle)] = min(max(value, 0.0), 1.0)
    return _by_hand(look, rows)


def _by_hand(look: Look, rows: list[list[float]]) -> Look:
    """With these shadows, midtones and highlights of every channel; one row where all are alike."""
    if len({tuple(values) for values in rows}) == 1:
        rows = rows[:1]
    shadows, midtones, highlights = zip(*rows, strict=True)
    return replace(
        look, stretch="manual", shadows=shadows, midtones=midtones, highlights=highlights
    )
