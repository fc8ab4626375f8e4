"""Writes the table of keys in the manual of the editor from the table of actions.

python docs/make_keys.py
"""

from __future__ import annotations

from pathlib import Path

from ui.editor.actions import ACTIONS

MANUAL = Path(__file__).parent / "editor.md"
BEGIN, END = "<!-- keys: made by make_keys.py -->\n", "<!-- end of keys -->"


def table() -> str:
    """Every action that has keys, menu by menu, as Markdown."""
    lines = ["| menu | action | keys |", "|---|---|---|"]
    for action in ACTIONS:
        if action.keys:
            over = f" (over a {action.where})" if action.where == "viewer" else ""
            keys = ", ".join(f"`{key}`" for key in action.keys)
            menu = action.menu.replace("/", " → ")
            lines.append(f"| {menu} | {action.title.rstrip('…')}{over} | {keys} |")
    return "\n".join(lines) + "\n"


def fill(text: str) -> str:
    """The manual with the table of today."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    MANUAL.write_text(fill(MANUAL.read_text("utf-8")), "utf-8")
