"""Where the panels stand in the window: the user's layout, or ours at the first start."""

from __future__ import annotations

import re
from pathlib import Path

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


def prepare(folder: Path, scale: float = 1.0) -> Path:
    """The file of the layout; ours is put there when there is none, or none that can be read.

    scale: of the letters. Our side panels are as much wider; the status line is as much taller in
    the user's own layout, too, which may have been made at another scale.
    """
    path = folder / "layout.ini"
    try:
        known = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        known = ""
    if "[Docking][Data]" not in known:
        known = _with_sides(DEFAULT, scale)
    _write(path, _with_status(known, scale))
    return path


def reset(folder: Path) -> None:
    """Give the user's layout up; ours is seen at the next start."""
    _write(folder / "layout.ini", "")


def was_reset(folder: Path) -> bool:
    """Whether the layout was given up, so that the one on the screen is not to be kept."""
    path = folder / "layout.ini"
    return path.is_file() and not path.stat().st_size


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(text, "utf-8")
    aside.replace(path)


def _with_sides(layout: str, scale: float) -> str:
    """Our layout with the panels at both sides so much wider; the middle takes what is left."""
    return re.sub(
        r"(ID=0x0000000[23] .*SizeRef=)(\d+)",
        lambda found: f"{found[1]}{int(found[2]) * scale:.0f}",
        layout,
    )


def _with_status(layout: str, scale: float) -> str:
    """A layout with room for a line of letters in the status line, which alone has no tabs."""
    return re.sub(
        r"(SizeRef=\d+,)\d+(?=.* NoTabBar=1)", rf"\g<1>{_STATUS_TALL * scale:.0f}", layout
    )
