"""Where the panels stand at the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ui.editor.layout import DEFAULT, find_sizes, prepare, reset, was_reset


def size_of(layout: str, node: str) -> tuple[int, int]:
    """Width and height that a layout gives to a node of the tree of panels."""
    found = re.search(rf"ID={node} .*SizeRef=(\d+),(\d+)", layout)
    assert found
    return int(found[1]), int(found[2])


def test_ours_is_put_where_there_is_none(tmp_path: Path) -> None:
    assert prepare(tmp_path / "new").read_text() == DEFAULT
    (tmp_path / "layout.ini").write_bytes(b"\xff\xfe")
    assert prepare(tmp_path).read_text() == DEFAULT


@pytest.mark.parametrize("scale", [0.75, 1.5, 2.0])
def test_ours_has_room_for_larger_letters(tmp_path: Path, scale: float) -> None:
    found = prepare(tmp_path, scale).read_text()
    assert size_of(found, "0x00000003")[0] == 216 * scale  # the palette
    assert size_of(found, "0x00000002")[0] == 348 * scale  # the inspector
    assert size_of(found, "0x0000000A")[1] == 28 * scale  # the status line
    assert re.sub(r"SizeRef=\S+", "", found) == re.sub(r"SizeRef=\S+", "", DEFAULT)


def test_the_users_own_follows_the_scale_as_well(tmp_path: Path) -> None:
    path = prepare(tmp_path)
    own = path.read_text().replace("SizeRef=216,946", "SizeRef=333,946")
    path.write_text(own)
    found = prepare(tmp_path, 2).read_text()
    assert size_of(found, "0x00000003") == (666, 946)
    assert size_of(found, "0x00000002") == (2 * 348, 946)
    assert size_of(found, "0x00000004") == (1032, 946)  # the middle takes what is left
    assert size_of(found, "0x00000007") == (348, 640)  # it shares the width of what holds it
    assert size_of(found, "0x0000000A") == (1600, 56)
    assert prepare(tmp_path, 2).read_text() == found
    assert prepare(tmp_path, 1).read_text() == own


@pytest.mark.parametrize("damage", ["", "[]", '{"scale": "2"}', '{"scale": 0}', '{"scale": 1e300}'])
def test_a_damaged_note_of_the_scale_changes_nothing(tmp_path: Path, damage: str) -> None:
    path = prepare(tmp_path)
    own = path.read_text()
    (tmp_path / "layout.json").write_text(damage)
    assert size_of(prepare(tmp_path, 2).read_text(), "0x00000003")[0] == 216
    assert size_of(own, "0x00000003")[0] == 216


def test_layouts_without_a_middle_or_in_a_ring_are_left_alone() -> None:
    ring = "DockNode ID=0x1 Parent=0x1 SizeRef=9,9 CentralNode=1\n"
    for layout in ("", "[Docking][Data]\n", ring, DEFAULT.replace(" CentralNode=1", "")):
        found = find_sizes(layout, 1, 2)
        assert set(found) <= {"0x0000000A"}


def test_a_layout_given_up_is_ours_at_the_next_start(tmp_path: Path) -> None:
    path = prepare(tmp_path)
    path.write_text(path.read_text() + "[Window][Mine]\n")
    assert not was_reset(tmp_path)
    reset(tmp_path)
    assert was_reset(tmp_path)
    assert prepare(tmp_path).read_text() == DEFAULT
    assert not was_reset(tmp_path)
