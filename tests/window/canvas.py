"""What people do on the canvas, step by step, with mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.window import panels
from tests.window.screen import ROOT, Window

Place = tuple[float, float]
Open = Callable[..., Window]
Start = Callable[..., "Canvas"]
DATA = ROOT / "samples" / "data"


class Canvas:
    """The canvas of a window; places are in pixels of the screen unless told otherwise."""

    def __init__(self, window: Window) -> None:
        self.window = window

    # --- looking ---------------------------------------------------------------------------------

    @property
    def graph(self) -> dict[str, Any]:
        """The graph as parsed JSON."""
        found: dict[str, Any] = self.window.document()["graph"]
        return found

    @property
    def nodes(self) -> dict[str, Any]:
        """The nodes of the graph."""
        found: dict[str, Any] = self.graph["nodes"]
        return found

    @property
    def links(self) -> set[str]:
        """The links of the graph, as they are written."""
        return set(self.graph["links"])

    @property
    def selection(self) -> set[str]:
        """The selected nodes."""
        return set(self.window.document()["selection"])

    def at(self, id: str) -> Place:
        """The corner of a node, in units of the canvas."""
        x, y = self.graph["view"]["nodes"][id]
        return x, y

    def describe(self) -> dict[str, Any]:
        """What the canvas says of itself."""
        return self.window.describe("canvas")

    def place(self, x: float, y: float) -> Place:
        """A place of the canvas, given in its units."""
        return self.window.where("canvas", "place", x, y)

    def title(self, id: str) -> Place:
        """The title of a node."""
        return self.window.where("canvas", "title", id)

    def pin(self, end: str, output: bool = False) -> Place:
        """A pin: ``combine.red``."""
        id, _, name = end.partition(".")
        return self.window.where("canvas", "pin", id, name, output)

    def field(self, end: str) -> Place:
        """A parameter on a node: ``background.degree``."""
        return self.window.where("canvas", "field", *end.split("."))

    def wire(self, end: str) -> Place:
        """The middle of the wire that feeds an end."""
        return self.window.where("canvas", "wire", *end.split("."))

    # --- doing -----------------------------------------------------------------------------------

    def new(self, do: Callable[[], None]) -> str:
        """Do something that adds one node; its id."""
        before = set(self.nodes)
        do()
        self.window.until(lambda: len(self.nodes) > len(before), "a new node")
        [id] = set(self.nodes) - before
        return id

    def take_from_palette(self, type: str) -> str:
        """Double click on a type in the palette; again where the machine is too slow for one."""

        def do() -> None:
            for _ in range(5):
                self.window.double(*self.window.middle(f"palette:{type}"))
                if self.nodes != before:
                    return

        before = self.nodes
        return self.new(do)

    def look_for(self, words: str) -> None:
        """Type into the search that has been opened, and take the first that is found."""
        self.window.until(lambda: self.shown("search"), "the search is open")
        self.window.enter("search:text", words)
        self.window.key("Return")

    def shown(self, tag: str) -> bool:
        """Whether a popup is on the screen."""
        item = self.window.item(tag)
        return bool(item and item["shown"])

    def connect(self, source: str, target: str, steps: int = 3) -> None:
        """Pull a wire from an output to an input."""
        self.window.drag(self.pin(source, output=True), self.pin(target), steps=steps)

    def choose(self, end: str, choice: str) -> None:
        """Take a choice from the list of a field on a node."""
        self.window.click(*self.field(end))
        panels.press(self.window, "entry", choice)
        self.window.frame(3)

    def offered(self, x: float, y: float) -> set[str]:
        """What the menu of a right click offers there; it stays open."""
        self.window.click(x, y, 3)
        self.window.until(lambda: self.shown("context menu"), "the menu")
        self.window.frame(3)
        return set(self.window.describe("context menu")["titles"])

    def take(self, text: str) -> None:
        """Take an entry of the menu that is open."""
        self.window.click(*self.window.where("context menu", text))
        self.window.frame(3)

    def type_over(self, end: str, text: str) -> None:
        """Type an exact value into a slider on a node."""
        self.window.double(*self.field(end))
        self.window.frame(4)
        self.window.type(text)
        self.window.key("Return")

    # --- in the inspector ------------------------------------------------------------------------

    def setting(self, name: str) -> Place:
        """The widget of a parameter in the inspector, once it stands still there."""

        def look() -> Any:
            self.window.frame(4)
            return self.window.ask("where", panel="inspector", of=[name])

        def stands() -> Any:
            first, second = look(), look()
            return first if first == second else None

        found: Place = self.window.until(stands, f"{name} in the inspector")
        return found

    def type(self, text: str) -> None:
        """Type into the field that is open over the canvas, once it has the keys."""
        self.window.until(lambda: self.describe()["typing"], "a field over the canvas")
        self.window.tool("type", "--delay", 12, text)
        self.window.frame(3)

    def write(self, name: str, text: str) -> None:
        """Type into the field of a parameter in the inspector."""
        self.window.click(*self.setting(name))
        self.window.key("ctrl+a")
        self.window.tool("type", "--delay", 12, text)
        self.window.key("Return")
