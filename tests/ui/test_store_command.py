"""``linearlink store``: what is kept, whether it is sound, and letting it go."""

from __future__ import annotations

import json
import sqlite3
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


@pytest.mark.parametrize("action", ["info", "list", "verify", "clear", "limit"])
def test_no_store_yet(linearlink: Command, tmp_path: Path, action: str) -> None:
    none = tmp_path / "none"
    done = linearlink("store", action, "--store", none)
    assert done.code == 1
    assert done.out == f"{none}: no store yet; the first run makes it\n"
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
    ran = linearlink("run", small, "--json")
    assert ran.code == 0
    assert "the index of the store was damaged" in ran.err
    assert "put aside as index.damaged" in ran.err
    again = linearlink("run", small, "--json")
    assert again.err == ""
    assert again.summary["executed"] == []
    assert (filled / "index.damaged").read_bytes() == b"this is no database" * 100


def test_info_meets_an_index_that_is_no_database(filled: Path, linearlink: Command) -> None:
    for path in filled.glob("index.sqlite*"):
        path.unlink()
    (filled / "index.sqlite").write_bytes(b"this is no database" * 100)
    done = linearlink("store", "info")
    assert done.code == 1
    assert "the index of the store was damaged" in done.err
    assert linearlink("store", "info").code == 0


def test_verify_meets_an_index_with_damaged_pages(filled: Path, linearlink: Command) -> None:
    index = sqlite3.connect(filled / "index.sqlite")
    index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index.close()
    data = bytearray((filled / "index.sqlite").read_bytes())
    assert len(data) > 40_000
    data[8192:] = b"\0" * len(data[8192:])
    for path in filled.glob("index.sqlite*"):
        path.unlink()
    (filled / "index.sqlite").write_bytes(data)
    done = linearlink("store", "verify")
    assert done.code == 1
    assert "the index of the store was damaged" in done.err
    assert linearlink("store", "verify").code == 0
    assert linearlink("store", "info", "--json").json["entries"] == 0


def test_s08_the_limit_is_kept_in_the_store(filled: Path, linearlink: Command) -> None:
    held = linearlink("store", "info", "--json").json["bytes"]
    assert linearlink("store", "limit").out.startswith("limit 50 GB, of which ")
    assert linearlink("store", "limit", "--json").json == {"limit": 50 * 10**9, "bytes": held}
    done = linearlink("store", "limit", "100K")
    assert done.code == 0
    assert done.out.splitlines()[0].endswith(" freed")
    facts = linearlink("store", "info", "--json").json
    assert facts["bytes"] <= facts["limit"] < 110_000 < held
    assert linearlink("store", "limit", "--json").json["limit"] == facts["limit"]


def test_s08_a_limit_can_be_set_before_the_first_run(linearlink: Command, tmp_path: Path) -> None:
    new = tmp_path / "new"
    assert linearlink("store", "limit", "3M", "--store", new).code == 0
    assert 3e6 <= linearlink("store", "info", "--store", new, "--json").json["limit"] < 3.2e6


@pytest.mark.parametrize("text", ["much", "-1", "0", "1X", "nan", "inf"])
def test_a_limit_that_is_no_size(filled: Path, linearlink: Command, text: str) -> None:
    done = linearlink("store", "limit", text)
    assert done.code == 2
    assert "is not a size" in done.err
    assert linearlink("store", "limit", "--json").json["limit"] == 50 * 10**9


def test_only_a_limit_takes_a_size(filled: Path, linearlink: Command) -> None:
    done = linearlink("store", "clear", "5G")
    assert done.code == 2
    assert done.mistakes == ["clear takes no size; did you mean: store limit SIZE?"]
    assert linearlink("store", "info", "--json").json["entries"] > 10


def test_a_store_of_a_later_version(filled: Path, small: Path, linearlink: Command) -> None:
    (filled / "linearlink-store").write_text("2\n")
    for words in (("store", "clear"), ("run", small)):
        done = linearlink(*words)
        assert done.code == 2
        assert "is a store of a later version of LinearLink" in done.mistakes[0]


def test_a_full_disk_is_told(
    filled: Path, linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("graph.disk.Disk.clear", full)
    done = linearlink("store", "clear")
    assert done.code == 2
    assert done.mistakes == [
        f"the disk of the store {filled} is full; make room on it and try again"
    ]


def test_info_tells_what_each_type_costs_and_saved(
    filled: Path, small: Path, linearlink: Command
) -> None:
    before = linearlink("store", "info", "--json").json
    assert linearlink("run", small).code == 0
    facts = linearlink("store", "info", "--json").json
    assert facts["entries"] == sum(row["entries"] for row in facts["types"])
    assert facts["objects"] == len(list((filled / "objects").glob("*/*")))
    assert facts["bytes_saved"] == sum(row["bytes"] for row in facts["types"]) - facts["bytes"]
    assert facts["seconds_saved"] > before["seconds_saved"]
    assert facts["oldest"] <= facts["newest"]
    rows = {row["type"]: row for row in facts["types"]}
    assert rows["background.polynomial"]["uses"] >= rows["background.polynomial"]["entries"] > 0
    lines = linearlink("store", "info").out.splitlines()
    (line,) = [line for line in lines if line.startswith("background.polynomial ")]
    assert line.split()[1] == str(rows["background.polynomial"]["entries"])
    for entry in linearlink("store", "list", "--json").json:
        assert entry["seconds_saved"] == entry["seconds"] * entry["hits"]
