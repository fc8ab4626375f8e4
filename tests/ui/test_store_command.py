"""``linearlink store``: what is kept, whether it is sound, and letting it go."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import Command


@pytest.fixture
def filled(small: Path, linearlink: Command, tmp_path: Path) -> Path:
    """The store after one run of the small sample."""
    assert linearlink("run", small, "--quiet").code == 0
    return tmp_path / "store"


def test_info_counts_and_weighs(filled: Path, small: Path, linearlink: Command) -> None:
    facts = linearlink("store", "info", "--json").json
    assert facts["folder"] == str(filled)
    assert facts["entries"] == len(linearlink("store", "list", "--json").json) > 10
    on_disk = sum(path.stat().st_size for path in (filled / "objects").rglob("*.npy"))
    assert on_disk <= facts["bytes"] <= 1.1 * on_disk + 100_000
    assert facts["seconds_saved"] == 0
    linearlink("run", small)
    text = linearlink("store", "info").out
    assert text.startswith(f"{filled}\n{facts['entries']} results, ")


def test_s10_list_names_type_version_and_parameters(filled: Path, linearlink: Command) -> None:
    entries = {entry["type"]: entry for entry in linearlink("store", "list", "--json").json}
    background = entries["background.polynomial"]
    assert background["version"] == 1
    assert json.loads(background["params"])["degree"] == 2
    lines = linearlink("store", "list").out.splitlines()
    row = next(line for line in lines if "background.polynomial" in line)
    assert background["key"][:16] in row
    assert '"degree":2' in row


def test_s05_verify_finds_a_damaged_object(filled: Path, small: Path, linearlink: Command) -> None:
    sound = linearlink("store", "verify")
    assert sound.code == 0
    assert sound.out.endswith("0 were damaged\n")
    largest = max((filled / "objects").rglob("*.npy"), key=lambda path: path.stat().st_size)
    spoiled = np.load(largest)
    spoiled.reshape(-1)[7] += 1
    np.save(largest, spoiled)

    found = linearlink("store", "verify")
    assert found.code == 1
    damaged = [line for line in found.out.splitlines() if line.startswith("damaged, dropped: ")]
    assert damaged
    assert found.out.splitlines()[-1].endswith(f"{len(damaged)} were damaged")
    assert linearlink("store", "verify", "--json").json == {"damaged": []}  # it is gone
    assert linearlink("run", small, "--no-store", "--quiet").code == 0
    again = linearlink("run", small, "--json")
    assert (again.code, again.summary["status"]) == (0, "ok")
    assert linearlink("store", "verify").code == 0


def test_s05_a_run_meets_damage_and_heals_it(
    filled: Path, small: Path, linearlink: Command
) -> None:
    """All stored images are damaged; a change of the last step still gives the right picture."""
    right = linearlink("run", small, "--no-store", "--set", "stretch.target=0.3", "--quiet")
    assert right.code == 0
    picture = small.parent / "output" / "first_light.tif"
    truth = picture.read_bytes()
    for path in (filled / "objects").rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-4] + b"\0\1\2\3")
    done = linearlink("run", small, "--set", "stretch.target=0.3", "--json")
    assert done.code == 0
    assert any("damaged" in line.get("message", "") for line in done.lines)
    assert picture.read_bytes() == truth


def test_clear_empties_the_store_and_nothing_else(
    filled: Path, small: Path, linearlink: Command
) -> None:
    bytes_held = linearlink("store", "info", "--json").json["bytes"]
    assert linearlink("store", "clear", "--json").json == {"freed": bytes_held}
    assert linearlink("store", "info", "--json").json["entries"] == 0
    assert not list((filled / "objects").rglob("*.npy"))
    assert (small.parent / "output" / "first_light.tif").exists()
    again = linearlink("run", small, "--json")
    assert len(again.summary["executed"]) >= 20


@pytest.mark.parametrize("action", ["info", "list", "verify", "clear"])
def test_s09_a_folder_that_is_no_store_is_left_alone(
    linearlink: Command, tmp_path: Path, action: str
) -> None:
    mine = tmp_path / "pictures"
    mine.mkdir()
    (mine / "m31.fits").write_text("mine")
    done = linearlink("store", action, "--store", mine)
    assert done.code == 2
    assert done.mistakes == [f"{mine} is not a store: it holds other files and is left alone"]
    assert [path.name for path in mine.iterdir()] == ["m31.fits"]
    ran = linearlink("run", "samples/first_light.graph.json", "--store", mine)
    assert ran.code == 2
    assert "is not a store" in ran.mistakes[0]
    assert [path.name for path in mine.iterdir()] == ["m31.fits"]


@pytest.mark.parametrize("action", ["info", "list", "verify", "clear"])
def test_no_store_yet(linearlink: Command, tmp_path: Path, action: str) -> None:
    none = tmp_path / "none"
    assert linearlink("store", action, "--store", none).out == f"{none}: no store yet\n"
    assert not none.exists()


def test_a_store_that_cannot_be_used_is_a_warning(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    done = linearlink("run", small, "--store", tmp_path / "file")
    assert done.code == 0
    assert "warning: the store" in done.err
    assert (tmp_path / "file").read_text() == "mine"


def test_an_index_that_is_no_database(filled: Path, small: Path, linearlink: Command) -> None:
    for path in filled.glob("index.sqlite*"):
        path.unlink()
    (filled / "index.sqlite").write_bytes(b"this is no database" * 100)
    done = linearlink("store", "info")
    assert done.code == 2
    assert "cannot be used" in done.mistakes[0]
    ran = linearlink("run", small)
    assert ran.code == 0
    assert "warning: the store" in ran.err
