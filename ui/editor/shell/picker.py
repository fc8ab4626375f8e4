"""A field and a list over the window, to find something by a few letters and take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dearpygui.dearpygui as dpg

from ui.editor.input import Input
from ui.editor.letters import cut
from ui.editor.mouse import is_over
from ui.editor.shell import accents
from ui.editor.shell.fuzzy import rank
from ui.editor.theme import TEXT, Color, px

ROWS = 14
#: of the columns at scale 1: title, keys, note; 0 leaves one out
WIDE = (320, 130, 190)
#: of the patch of colour before a title
_PATCH = 14


@dataclass(frozen=True, slots=True)
class Pick:
    """Something to take. keys, note: stand beside the title. aliases: found by these too.

    color: of the patch before it, in a list that has them.
    """

    title: str
    do: Callable[[], None]
    keys: str = ""
    note: str = ""
    aliases: tuple[str, ...] = ()
    color: Color = (0, 0, 0, 0)


class Listing:
    """What the list shows of what is offered; no screen."""

    def __init__(self, offered: Sequence[Pick] = (), rows: int = ROWS) -> None:
        self.found: list[Pick] = list(offered)
        self.row = 0  # the one that Enter takes
        self.first = 0  # the first that is seen
        self._offered = list(offered)
        self._rows = rows

    def search(self, query: str) -> None:
        """Show what fits, best first."""
        entries = [(pick.title, (*pick.aliases, pick.keys, pick.note)) for pick in self._offered]
        self.found = [self._offered[match.place] for match in rank(query, entries)]
        self.row = self.first = 0

    def step(self, by: int) -> None:
        """Go down the list, or up for negative numbers."""
        self.row = min(max(self.row + by, 0), max(len(self.found) - 1, 0))
        self.first = max(min(self.first, self.row), self.row - self._rows + 1)

    def seen(self) -> list[Pick]:
        """The rows on the screen."""
        return self.found[self.first : self.first + self._rows]


class Picker:
    """The field and the list; ``offer`` says what there is when it opens.

    Enter or a click takes a row, Escape or a click elsewhere none. wide: of its columns, as
    ``WIDE``. patches: whether a patch of colour stands before every title.
    """

    def __init__(
        self,
        tag: str,
        hint: str,
        offer: Callable[[], Sequence[Pick]] = tuple,
        wide: tuple[int, int, int] = WIDE,
        patches: bool = False,
    ) -> None:
        self.tag = tag
        self.is_open = False
        self.listing = Listing()
        self._hint = hint
        self._offer = offer
        self._wide = wide
        self._patches = patches
        self._waits = 0

    @property
    def width(self) -> int:
        """In pixels, at the scale of the window."""
        return px(sum(self._wide) + 20 + (_PATCH + 8 if self._patches else 0))

    def build(self) -> None:
        """Make the window, hidden."""
        with dpg.window(
            tag=self.tag,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_collapse=True,
            no_scrollbar=True,
            no_saved_settings=True,
            no_docking=True,
            autosize=True,
        ):
            dpg.add_input_text(
                tag=f"{self.tag}:text", hint=self._hint, width=self.width, callback=self._on_text
            )
            with dpg.table(
                tag=f"{self.tag}:list",
                header_row=False,
                policy=dpg.mvTable_SizingFixedFit,
                width=self.width,
            ):
                for wide in ((_PATCH,) if self._patches else ()) + self._wide:
                    if wide:
                        dpg.add_table_column(width_fixed=True, init_width_or_weight=px(wide))
                for number in range(ROWS):
                    with dpg.table_row(tag=f"{self.tag}:row:{number}"):
                        self._build_row(number)
            dpg.add_text("", tag=f"{self.tag}:more", color=accents.FAINT)
        dpg.bind_item_theme(f"{self.tag}:list", accents.flat())

    def _build_row(self, number: int) -> None:
        if self._patches:
            with dpg.drawlist(px(_PATCH - 2), px(TEXT + 3)):
                dpg.draw_rectangle(
                    (1, px(3)),
                    (px(_PATCH - 3), px(TEXT - 1)),
                    rounding=2,
                    color=(0, 0, 0, 0),
                    tag=f"{self.tag}:patch:{number}",
                )
        dpg.add_selectable(
            tag=f"{self.tag}:{number}",
            span_columns=True,
            callback=self._on_click,
            user_data=number,
        )
        for part, wide in zip(("keys", "note"), self._wide[1:], strict=True):
            if wide:
                dpg.add_text("", tag=f"{self.tag}:{part}:{number}", color=accents.FAINT)

    def rebuild(self) -> None:
        """Make it anew, at another scale."""
        self.is_open = False
        dpg.delete_item(self.tag)
        self.build()

    def open(self) -> None:
        """Open it in the upper middle of the window."""
        room = dpg.get_viewport_client_width() if dpg.is_viewport_ok() else 0
        self.open_at((room - self.width) / 2, px(80), Listing(self._offer()))

    def open_at(self, x: float, y: float, listing: Listing, hint: str = "") -> None:
        """Open it with its upper left corner there, or as near as there is room for it."""
        self.listing = listing
        dpg.set_value(f"{self.tag}:text", "")
        dpg.configure_item(f"{self.tag}:text", hint=hint or self._hint)
        self._fill()
        if dpg.is_viewport_ok():
            x = min(x, dpg.get_viewport_client_width() - self.width - 20)
            y = min(y, dpg.get_viewport_client_height() - px(27) * (ROWS + 2))
        dpg.configure_item(self.tag, pos=(int(max(x, 0)), int(max(y, 0))), show=True)
        dpg.focus_item(self.tag)
        self._waits = 2
        self.is_open = True

    def close(self) -> None:
        """Close it and take nothing."""
        dpg.configure_item(self.tag, show=False)
        self.is_open = False

    def sync(self) -> None:
        """Give the field the keyboard; a click elsewhere closes it."""
        if not self.is_open:
            return
        if self._waits:
            self._waits -= 1
            if not self._waits:
                dpg.focus_item(f"{self.tag}:text")
        elif any(map(dpg.is_mouse_button_clicked, (0, 1))) and not is_over(self.tag):
            self.close()

    def on_input(self, event: Input) -> bool:
        """Keys and the wheel."""
        steps = {"Up": -1, "Down": 1, "Tab": 1, "PageUp": 1 - ROWS, "PageDown": ROWS - 1}
        if event.kind == "wheel":
            self._step(-round(event.steps) * 3)
        elif event.kind != "key":
            return False
        elif event.key == "Escape":
            self.close()
        elif event.key == "Enter":
            self._take(self.listing.row)
        elif event.key in steps:
            self._step(steps[event.key])
        return True

    def describe(self) -> dict[str, Any]:
        """What it shows, for tests."""
        return {"open": self.is_open, "titles": [pick.title for pick in self.listing.seen()]}

    def _on_text(self) -> None:
        self.listing.search(dpg.get_value(f"{self.tag}:text"))
        self._fill()

    def _step(self, by: int) -> None:
        self.listing.step(by)
        self._fill()

    def _fill(self) -> None:
        seen, listing = self.listing.seen(), self.listing
        for number in range(ROWS):
            shown = number < len(seen)
            dpg.configure_item(f"{self.tag}:row:{number}", show=shown)
            if shown:
                pick, at = seen[number], listing.first + number
                title = cut(pick.title, px(TEXT), px(self._wide[0] - 8))
                dpg.configure_item(f"{self.tag}:{number}", label=f"{title}##{at}")
                dpg.set_value(f"{self.tag}:{number}", at == listing.row)
                if self._patches:
                    dpg.configure_item(f"{self.tag}:patch:{number}", fill=pick.color)
                for part, text, wide in (
                    ("keys", pick.keys, self._wide[1]),
                    ("note", pick.note, self._wide[2]),
                ):
                    if wide:
                        said = cut(text, px(TEXT), px(wide - 6))
                        dpg.set_value(f"{self.tag}:{part}:{number}", said)
        more = len(listing.found) - listing.first - len(seen)
        words = f"{more} more …" if more > 0 else "" if seen else "Nothing is called so."
        dpg.configure_item(f"{self.tag}:more", show=bool(words))
        dpg.set_value(f"{self.tag}:more", words)

    def _on_click(self, sender: Any, value: Any, number: int) -> None:
        self._take(self.listing.first + number)

    def _take(self, place: int) -> None:
        if self.is_open and place < len(self.listing.found):
            self.close()
            self.listing.found[place].do()
