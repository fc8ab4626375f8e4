"""What a viewer shows just now, without drawing it: its picture, its stretch, its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.errors import GraphError
from graph.model import End, Graph
from ui.editor.outcome import shown_end
from ui.editor.picture import Look, Picture, Want
from ui.editor.viewer import settings as stands
from ui.editor.viewer.blink import Blink
from ui.editor.viewer.frame import is_picture
from ui.editor.viewer.histogram import Histogram
from ui.editor.viewer.look import choose
from ui.editor.viewer.overlay import has_marks

if TYPE_CHECKING:
    from nodes.values import Statistics, Stretch

#: what else a viewer wants made, beside its picture; added to its number in ``editor.wants``
_BESIDE = {stands.SECOND: 10, stands.MASK: 20, stands.OVERLAY: 30}
_BESIDE_WORDS = {
    stands.SECOND: "second picture is",
    stands.MASK: "mask is",
    stands.OVERLAY: "places are",
}
_NEXT = 40


class Subject:
    """What the viewer of a number shows, followed every frame.

    node, output: what is shown. blink: which of its frames. held: the statistics that give the
    stretch of all frames while they blink, else None.
    """

    def __init__(self, editor: Any, number: int) -> None:
        self.editor = editor
        self.number = number
        self.node: str | None = None
        self.output = ""
        self.blink = Blink()
        self.held: Statistics | None = None
        self._outputs: dict[str, str] = {}  # chosen by the user, by node
        self._document: Any = None
        self._last: Picture | None = None
        self._made: tuple[Any, tuple[Stretch, list[str]]] | None = None
        self._histogram: tuple[Picture, Histogram] | None = None

    # --- what is shown ---------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The graph of the document shown."""
        graph: Graph = self.editor.document.graph
        return graph

    def follow(self) -> None:
        """Follow selection, pin and frames, and tell the editor what has to be made."""
        document, graph = self.editor.document, self.graph
        if document is not self._document:
            self._document, self._last, self.node, self._outputs = document, None, None, {}
        node = stands.shown_node(graph, self.number, document.selection, self.node)
        if node != self.node:
            self.node, self.held, self._last = node, None, None
            self.blink = Blink(rate=self.blink.rate)
            entry = stands.entry_of(graph, self.number)
            if entry.get("node") == node and isinstance(entry.get("item"), int):
                self.blink.item = max(int(entry["item"]), 0)
        names = stands.outputs_of(graph.spec(node)) if node else []
        entry = stands.entry_of(graph, self.number)
        wanted = entry.get("output") if entry.get("node") == node else None
        wanted = self._outputs.get(node or "", wanted)
        self.output = wanted if wanted in names else (names[0] if names else "")
        self._tell_wants()

    def rest(self) -> None:
        """Want and hold nothing: the viewer cannot be seen."""
        self._last = self._made = self._histogram = None
        if self._document not in self.editor.documents:  # closed meanwhile
            self._document = self.node = None
        for key in (self.number, *(self.number + more for more in (*_BESIDE.values(), _NEXT))):
            self.editor.wants.pop(key, None)

    @property
    def want(self) -> Want | None:
        """What has to be made for the picture."""
        return self._want(self.blink.item)

    def _want(self, item: int) -> Want | None:
        if not self.node or not self.output:
            return None
        locked = stands.source_of(self.graph, self.number, stands.LOCKED)
        return Want(self.node, self.output, item, locked)

    def _beside(self, name: str) -> Want | None:
        end = stands.source_of(self.graph, self.number, name)
        if end is None:
            return None
        same = name == stands.SECOND and self._last is not None and self._last.items
        return Want(end[0], end[1], self.blink.item if same else 0)

    def _tell_wants(self) -> None:
        wants: dict[int, Want | None] = {self.number: self.want}
        for name, more in _BESIDE.items():
            wants[self.number + more] = self._beside(name)
        following = self.blink.following(self._last.items if self._last else None)
        wants[self.number + _NEXT] = None if following is None else self._want(following)
        for key, want in wants.items():
            if want is None:
                self.editor.wants.pop(key, None)
            else:
                self.editor.wants[key] = want

    def choose_output(self, output: str) -> None:
        """Show another output of the node."""
        if self.node:
            self._outputs[self.node] = output
            if stands.pinned(self.graph, self.number):
                self.edit("Choose output", output=output)

    # --- what was made ---------------------------------------------------------------------------

    def picture(self) -> Picture | None:
        """The newest picture; the one before while a newer one is being made."""
        want = self.want
        found = self.editor.results.pictures.get(want) if want else None
        if found is not None:
            self._last = found
            self.blink.clamp(found.items)
        return self._last

    @property
    def fresh(self) -> bool:
        """Whether the picture is the one that is wanted, and can still be made."""
        want = self.want
        made = self.editor.results.pictures.get(want) if want else None
        return made is not None and made is self._last

    def beside(self, name: str) -> Picture | None:
        """The picture of another source of this viewer."""
        want = self._beside(name)
        found: Picture | None = self.editor.results.pictures.get(want) if want else None
        return found

    def tick(self, now: float) -> None:
        """Let frames blink."""
        picture = self.picture()
        self.blink.tick(now, self.fresh, picture.items if picture else None)

    @property
    def count(self) -> int | None:
        """How many frames there are, or None."""
        return self._last.items if self._last else None

    # --- how it is stretched ---------------------------------------------------------------------

    @property
    def look(self) -> Look:
        """The settings of the stretch."""
        return stands.look_of(self.graph, self.number, self.node)

    def stretched(self, picture: Picture) -> tuple[Stretch, list[str]]:
        """The stretch of a picture by this viewer's settings, and why it may mislead."""
        look = self.look
        key = (picture, look, self.held)
        if picture is self._last and self._made and self._made[0] == key:
            return self._made[1]
        if self.held is not None and picture.statistics is not None:
            picture = replace(picture, statistics=self.held)
        made = choose(picture, look)
        if key[0] is self._last:
            self._made = key, made
        return made

    def histogram(self, picture: Picture) -> Histogram | None:
        """The histogram of a picture, made once."""
        if picture.pyramid is None:
            return None
        if self._histogram is None or self._histogram[0] is not picture:
            self._histogram = picture, Histogram.of(picture.pyramid)
        return self._histogram[1]

    def hold(self, on: bool) -> None:
        """Keep the stretch of the frame shown for all frames, or let each have its own."""
        self.held = self._last.statistics if on and self._last else None

    # --- changes of the document -----------------------------------------------------------------

    def set_look(self, name: str, look: Look, merge: Any = None) -> None:
        """Stretch otherwise, as a step of that name; those of one merge key are one step."""
        with self.editor.change(name, merge) as graph:
            stands.set_look(graph, self.number, self.node, look)

    def edit(self, title: str, **entries: Any) -> None:
        """Note something in the viewer's entry."""
        with self.editor.change(title) as graph:
            stands.own_entry(graph, self.number).update(entries)

    def set_source(self, name: str, end: End | None) -> None:
        """Take the mask, overlay, second picture or statistics from there."""
        titles = {
            stands.SECOND: "Compare",
            stands.MASK: "Show mask",
            stands.OVERLAY: "Show overlay",
            stands.LOCKED: "Lock statistics",
        }
        with self.editor.change(titles[name]) as graph:
            stands.set_source(graph, self.number, name, end)

    @property
    def end(self) -> End | None:
        """The output whose value is seen: of a viewer node, of what feeds it."""
        want = self.want
        return shown_end(self.graph, want) if want else None

    # --- words -----------------------------------------------------------------------------------

    def title(self) -> str:
        """``combine · image``."""
        if not self.node:
            return ""
        several = len(stands.outputs_of(self.graph.spec(self.node))) > 1
        return f"{self.node} · {self.output}" if several else self.node

    def standing(self) -> tuple[str, str]:
        """What is to be said of the picture: a level (``busy``, ``error``, ``info``) and words."""
        editor = self.editor
        if not self.node or not self.output:
            return "info", "Select a node to see what it makes"
        want, results = self.want, editor.results
        if not results.allowed:
            return "info", "This graph uses files outside its folder: allow that first"
        if trouble := self._trouble(self.node):
            return "error", trouble
        state = editor.states[self.node]
        if results.running and not self.fresh:
            return "busy", ("paused: " if results.paused else "computing… ") + self._progress()
        error = results.errors.get(want)
        if error and want not in results.pictures:
            return "error", error
        if not self.fresh:
            end = self.end
            if end is None:
                return "info", f"{self.node} has no image yet: link its input"
            if state.standing == "resting":
                return "info", f"not made: it rests, {state.text or 'muted'}"
            return (
                ("busy", "computing…") if results.auto else ("info", "not made yet: run it with F6")
            )
        return "", ""

    def absent(self) -> list[str]:
        """Why something that was chosen to be seen with the picture is not; sentences."""
        from nodes.values import Table

        found = []
        for name, what in _BESIDE_WORDS.items():
            want, made = self._beside(name), self.beside(name)
            if want is None:
                continue
            if made is None:
                why = self._trouble(want.node) or self.editor.results.errors.get(want, "")
                why = why and f"{want.node}: {why}"
            else:
                value = made.value
                placed = not isinstance(value, Table) or has_marks(value.columns)
                why = "" if placed else f"{want.node}.{want.output} has no columns x and y"
            if why:
                found.append(f"no {what} shown: {why}")
        return found

    def _trouble(self, id: str) -> str:
        """What keeps a node from being made, in words; empty for nothing."""
        state = self.editor.states[id]
        text = state.text.replace(": is ", " is ")  # a sentence, not a place with what is wrong
        if state.standing in ("blocked", "missing"):
            return text if text.startswith("blocked") else f"blocked: {text}"
        return f"failed: {text}" if state.standing == "failed" else ""

    def _progress(self) -> str:
        graph = self.graph
        try:
            needed = graph.ancestors([self.node]) if self.node in graph.nodes else set()
        except GraphError:
            return ""
        parts = []
        for id in self._at_work(needed):
            fraction = self.editor.states[id].fraction
            parts.append(id if fraction is None else f"{id} {100 * fraction:.0f} %")
        return ", ".join(parts[:3])

    def _at_work(self, needed: set[str]) -> Iterator[str]:
        return (id for id in self.editor.states.running() if id in needed)

    @property
    def is_picture(self) -> bool:
        """Whether pixels are shown, not a table or text."""
        return self._last is not None and is_picture(self._last.value)
