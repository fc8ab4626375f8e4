"""What people do with a viewer by buttons and keys."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from graph.errors import GraphError
from graph.model import Graph
from ui.editor.edits import places
from ui.editor.edits.adding import STEP
from ui.editor.edits.permanent import make_permanent
from ui.editor.question import Question
from ui.editor.viewer import settings as stands
from ui.editor.viewer.approval import find_approval, insert_approval, is_accepted, set_accepted
from ui.editor.viewer.frame import data_of
from ui.editor.viewer.lens import Lens, Point, fit
from ui.editor.viewer.look import toggle_link
from ui.editor.viewer.subject import Subject

if TYPE_CHECKING:
    from ui.editor.editor import Editor
    from ui.editor.picture import Picture

#: the number of the luminance among what is shown: 0 is all channels, 1 to 3 one of them
LUMINANCE = 4
#: about what a node takes on the canvas
_NODE = 200.0, 240.0


class Commands:
    """A viewer without what it draws.

    lens: what part of the picture is seen. channel: 0 all, 1 to 3 one of them, 4 luminance.
    clipping: whether what is clipped is painted. strength: of the mask's tint. split: where the
    second picture begins, 0 left to 1 right.
    """

    def __init__(self, editor: Editor, number: int) -> None:
        self.editor = editor
        self.number = number
        self.subject = Subject(editor, number)
        self.picture: Picture | None = None
        self.lens = Lens()
        self.channel = 0
        self.clipping = False
        self.strength = 0.5
        self.split = 0.5
        self._size = (0, 0)
        self._picture_size = (0, 0)
        self._fitted = True

    @property
    def channels(self) -> int:
        """Of the picture shown; 0 without one."""
        if self.picture is None or not self.subject.is_picture:
            return 0
        return int(data_of(self.picture.value).shape[0])

    # --- what actions do -------------------------------------------------------------------------

    def fit(self) -> None:
        """See all of the picture."""
        self._fitted = True
        if self._picture_size != (0, 0):
            self.lens = fit(self._size, self._picture_size)

    def actual_size(self) -> None:
        """A pixel of the picture for each of the screen, about the middle."""
        self.set_zoom(1.0)

    def zoom(self, steps: int) -> None:
        """So many steps closer or, negative, farther, about the middle."""
        self._look_through(self.lens.zoomed(steps, self._middle))

    def set_zoom(self, zoom: float) -> None:
        """With this zoom, about the middle."""
        self._look_through(self.lens.at_zoom(zoom, self._middle))

    def toggle_link(self) -> None:
        """One curve for all channels, or one for each."""
        measured = self.picture.statistics if self.picture else None
        if self.picture and measured and self.subject.stretched(self.picture)[0].link == "none":
            self.editor.tell(
                "info", "No stretch is shown, so there is nothing to link (A stretches)"
            )
            return
        look = toggle_link(self.subject.look, measured)
        if look == self.subject.look:
            self.editor.tell("info", "A picture of one channel has nothing to link")
        else:
            self.subject.set_look("Link channels", look)

    def auto(self) -> None:
        """Stretch automatically."""
        self._set_stretch("auto", "Auto stretch")

    def boosted(self) -> None:
        """Stretch so that the faintest is seen."""
        self._set_stretch("boosted", "Boosted stretch")

    def reset(self) -> None:
        """Show the numbers as they are."""
        self._set_stretch("none", "No stretch")

    def make_permanent(self) -> None:
        """Add a histogram transformation with the numbers of the stretch."""
        end = self.subject.end
        if self.picture is None or end is None or self.picture.statistics is None:
            self.editor.tell("warning", "There is no stretched image to make permanent")
            return
        stretch, _ = self.subject.stretched(self.picture)
        made = ""
        with self.editor.change("Make permanent") as graph:
            made = make_permanent(graph, end, stretch, _beside(graph, end[0]))
        if made:
            self.editor.document.select([made])

    def toggle_pin(self) -> None:
        """Stay with this node, or follow the selection."""
        subject = self.subject
        on = stands.pinned(subject.graph, self.number) is None
        if on and subject.node is None:
            return
        with self.editor.change("Pin viewer" if on else "Unpin viewer") as graph:
            node = subject.node if on else None
            stands.pin(graph, self.number, node, subject.output, subject.blink.item)

    def next_channel(self) -> None:
        """All channels, then one after the other, then the luminance."""
        self.channel = (self.channel + 1) % (LUMINANCE + 1) if self.channels == 3 else 0

    def toggle_clipping(self) -> None:
        """Paint what is clipped, or no longer."""
        self.clipping = not self.clipping

    def toggle_split(self) -> None:
        """Compare with what feeds the node shown, or no longer."""
        subject = self.subject
        if stands.source_of(subject.graph, self.number, stands.SECOND):
            subject.set_source(stands.SECOND, None)
            return
        from nodes.values import Image

        end = subject.end
        feeds = subject.graph.feeds(end[0]) if end else {}
        images = set(stands.find_ends(subject.graph, Image))
        before = next((source for source in feeds.values() if source in images), None)
        if before is None:
            self.editor.tell("info", "Choose what to compare with under Layers…, B")
            return
        subject.set_source(stands.SECOND, before)

    def step(self, by: int) -> None:
        """Show the next frame, or one before."""
        self.subject.blink.step(by, self.subject.count)

    def toggle_play(self) -> None:
        """Blink the frames, with the stretch of the first; or stop."""
        subject = self.subject
        if not subject.count or subject.count < 2:
            self.editor.tell("info", "Only frames can blink: show a node that gives several")
            return
        subject.blink.play(time.monotonic())
        if subject.blink.playing and subject.held is None:
            subject.hold(True)

    def toggle_accepted(self) -> None:
        """Reject the frame shown, or accept it again, at the node that weighs frames."""
        subject = self.subject
        end, count, item = subject.end, subject.count, subject.blink.item
        if end is None or not count:
            self.editor.tell("info", "Only frames are accepted or rejected")
            return
        sizes = (self.picture.groups if self.picture else None) or count
        found = find_approval(subject.graph, end)
        if found is None:
            self.editor.ask(
                Question(
                    "Reject frame",
                    "No node weighs these frames yet. Insert an Approve node after "
                    f"{end[0]}, and reject frame {item + 1} there?",
                    ("Insert", "Cancel"),
                    lambda answer: self._insert_approval(answer, end, item, sizes),
                )
            )
            return
        accepted = is_accepted(subject.graph, found, item)
        with self.editor.change("Reject frame" if accepted else "Accept frame") as graph:
            set_accepted(graph, found, item, sizes, not accepted)

    def _insert_approval(
        self, answer: str, end: tuple[str, str], item: int, sizes: Sequence[int] | int
    ) -> None:
        if answer != "Insert":
            return
        with self.editor.change("Reject frame") as graph:
            if end[0] not in graph.nodes:
                raise GraphError("the node has gone", end[0])
            set_accepted(graph, insert_approval(graph, end), item, sizes, False)

    def _set_stretch(self, stretch: str, name: str) -> None:
        self.subject.set_look(name, replace(self.subject.look, stretch=stretch))

    @property
    def _middle(self) -> Point:
        return self._size[0] / 2, self._size[1] / 2

    def _look_through(self, lens: Lens) -> None:
        self._fitted = False
        self.lens = lens.clamped(self._size, self._picture_size)


def _beside(graph: Graph, id: str) -> Point:
    """A place to the right of a node, below what stands there already."""
    x, y = places.place_of(graph, id) or (0.0, 0.0)
    x += 2 * STEP
    taken = [place for other in graph.nodes if (place := places.place_of(graph, other))]
    while any(abs(a - x) < _NODE[0] and abs(b - y) < _NODE[1] for a, b in taken):
        y += STEP / 2
    return x, y
