"""Where the panels stand in the window: the user's layout, or ours at the first start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ui.editor.safety.folders import read_object, write_object

_FILE, _SCALE = "layout.ini", "layout.json"

#: The windows by name, and the tree in which they are docked, as Dear ImGui writes it. The number
#: of the dock space is that of ImGui's own, and stands for the whole window under the menu bar.
DEFAULT = """\
[Window][WindowOverViewport_11111111]
Pos=0,24
Size=1600,976
Collapsed=0

[Window][Canvas]
DockId=0x00000006,0

[Window][Viewer 1]
DockId=0x00000005,0

[Window][Viewer 2]
DockId=0x00000005,1

[Window][Viewer 3]
DockId=0x00000005,2

[Window][Viewer 4]
DockId=0x00000005,3

[Window][Inspector]
DockId=0x00000007,0

[Window][Palette]
DockId=0x00000003,0

[Window][Presets]
DockId=0x00000003,1

[Window][Histogram]
DockId=0x00000008,0

[Window][Log]
DockId=0x00000008,1

[Window][Status]
DockId=0x0000000A,0

[Docking][Data]
DockSpace       ID=0x08BD597D Window=0x1BBC0F80 Pos=0,24 Size=1600,976 Split=Y
  DockNode      ID=0x00000009 Parent=0x08BD597D SizeRef=1600,946 Split=X
    DockNode    ID=0x00000001 Parent=0x00000009 SizeRef=1250,946 Split=X
      DockNode  ID=0x00000003 Parent=0x00000001 SizeRef=216,946
      DockNode  ID=0x00000004 Parent=0x00000001 SizeRef=1032,946 Split=Y
        DockNode ID=0x00000005 Parent=0x00000004 SizeRef=1032,500
        DockNode ID=0x00000006 Parent=0x00000004 SizeRef=1032,444 CentralNode=1
    DockNode    ID=0x00000002 Parent=0x00000009 SizeRef=348,946 Split=Y
      DockNode  ID=0x00000007 Parent=0x00000002 SizeRef=348,640
      DockNode  ID=0x00000008 Parent=0x00000002 SizeRef=348,304
  DockNode      ID=0x0000000A Parent=0x08BD597D SizeRef=1600,28 NoTabBar=1
"""
#: pixels of the status line at scale 1
_STATUS_TALL = 28
_NODE = re.compile(
    r"Dock(?:Node|Space)\s+ID=(0x[0-9A-F]+)(?: Parent=(0x[0-9A-F]+))?"
    r"(?=(?:.*? SizeRef=(\d+),(\d+))?)(?P<rest>.*)"
)


def prepare(folder: Path, scale: float = 1.0) -> Path:
    """The file of the layout; ours is put there when there is none, or none that can be read.

    scale: of the letters. Side panels and status line are as much larger than they were at the
    scale at which the layout was seen last.
    """
    path = folder / _FILE
    try:
        known = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        known = ""
    before = _seen_at(folder) or scale
    if "[Docking][Data]" not in known:
        known, before = DEFAULT, 1.0
    _write(path, _with_sizes(known, find_sizes(known, before, scale)))
    remember(folder, scale)
    return path


def remember(folder: Path, scale: float) -> None:
    """Keep the scale at which the layout is seen."""
    write_object(folder / _SCALE, {"scale": scale})


def reset(folder: Path) -> None:
    """Give the user's layout up; ours is seen at the next start."""
    _write(folder / _FILE, "")


def was_reset(folder: Path) -> bool:
    """Whether the layout was given up, so that the one on the screen is not to be kept."""
    path = folder / _FILE
    return path.is_file() and not path.stat().st_size


def find_sizes(layout: str, before: float, scale: float) -> dict[str, tuple[int, int]]:
    """Width and height for the parts of a layout that follow the scale, by the id of each.

    These are the panels beside the middle, which takes what is left, and the status line, which
    alone has no tabs.
    """
    nodes = {found[1]: found for found in _NODE.finditer(layout)}
    middle: set[str] = set()  # the central part, and all in which it lies
    at = next((id for id, found in nodes.items() if "CentralNode=1" in found["rest"]), None)
    while at in nodes and at not in middle:
        middle.add(at)
        at = nodes[at][2]
    sizes = {}
    for id, found in nodes.items():
        if id in middle or not found[2] or not found[3]:
            continue
        wide, tall = int(found[3]), int(found[4])
        over = nodes.get(found[2])
        if "NoTabBar=1" in found["rest"]:
            sizes[id] = wide, round(_STATUS_TALL * scale)
        elif found[2] in middle and over and "Split=X" in over["rest"]:
            sizes[id] = round(wide * scale / before), tall
    return sizes


def _seen_at(folder: Path) -> float | None:
    try:
        scale = read_object(folder / _SCALE).get("scale")
    except (OSError, ValueError):
        return None
    return float(scale) if isinstance(scale, int | float) and 0.1 <= scale <= 10 else None


def _with_sizes(layout: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    for id, (wide, tall) in sizes.items():
        layout = re.sub(rf"(ID={id} .*?SizeRef=)\d+,\d+", rf"\g<1>{wide},{tall}", layout, count=1)
    return layout


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(text, "utf-8")
    aside.replace(path)
