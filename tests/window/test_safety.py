"""Work is never lost: crashes, closing, older versions, files that are not as they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.window.panels import answer, choose_file, find, middle, read, take
from tests.window.screen import Window
from tests.window.test_inspector import select, write_graph
from tests.window.test_live import write_sky

Open = Callable[..., Window]


def prefer(home: Path, **preferences: object) -> Path:
    """A home in which the user chose these preferences."""
    folder = home / "config" / "linearlink"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preferences.json").write_text(json.dumps(preferences))
    return home


def small(folder: Path, name: str = "small") -> Path:
    """A graph of two nodes that needs no file."""
    return write_graph(
        folder / f"{name}.graph.json",
        {"one": ("background.polynomial", {"degree": 2}), "two": ("stretch.histogram", {})},
        ["one.image -> two.image"],
    )


def kept(home: Path) -> list[Path]:
    """The copies of unsaved work."""
    return sorted(home.rglob("*.recovery.json"))


def entries(window: Window) -> set[str]:
    """The keys of all results in the store."""
    import sqlite3

    with sqlite3.connect(f"file:{next(window.home.rglob('index.sqlite'))}?mode=ro", uri=True) as db:
        return {key for (key,) in db.execute("SELECT key FROM entries")}


def test_u09_unsaved_changes_are_restored_after_a_kill(open_window: Open, tmp_path: Path) -> None:
    home = prefer(tmp_path / "home", autosave=1)
    path = small(tmp_path)
    before = path.read_bytes()
    window = open_window(path, home=home)
    select(window, "two")
    window.key("b")
    window.key("ctrl+d")
    changed = window.document()
    assert changed["modified"]
    assert len(changed["graph"]["nodes"]) == 3
    window.until(
        lambda: any(
            json.loads(file.read_text())["graph"] == changed["text"] for file in kept(home)
        ),
        "a copy of the unsaved work",
    )
    window.kill()
    assert path.read_bytes() == before

    window = open_window(home=home)
    window.shot("restore_question")
    asked = answer(window, "Restore")
    assert "small" in asked
    assert str(path) in asked
    again = window.document()
    assert again["text"] == changed["text"]
    assert again["modified"]
    assert again["path"] == str(path)
    assert path.read_bytes() == before, "the file stays until it is saved"
    window.key("ctrl+s")
    window.until(lambda: not window.document()["modified"], "saved")
    assert path.read_text() == changed["text"]
    window.quit()
    assert kept(home) == [], "a clean exit leaves nothing"
    window = open_window(home=home)
    assert window.widgets("modal") == []


def test_u10_unsaved_work_that_cannot_be_read_is_offered_once_more(
    open_window: Open, tmp_path: Path
) -> None:
    home = prefer(tmp_path / "home", autosave=1, welcome=False)
    window = open_window(small(tmp_path), home=home)
    select(window, "two")
    window.key("b")
    window.until(lambda: kept(home), "a copy")
    window.kill()
    kept(home)[0].write_text('{"graph": "no graph", "name": "small"}')

    for words in ("had changes", "could not be read"):
        window = open_window(home=home)
        assert words in answer(window, "Restore")
        told = answer(window, "OK")
        assert "cannot be read" in told
        assert window.document()["graph"]["nodes"] == {}
        assert window.quit() == 0
    window = open_window(home=home)
    assert window.widgets("modal") == []
    assert len(kept(home)) == 1, "it is kept all the same"


def test_closing_asks_about_unsaved_changes(open_window: Open, tmp_path: Path) -> None:
    path = small(tmp_path)
    window = open_window(path, home=prefer(tmp_path / "home", welcome=False))
    select(window, "two")
    window.key("b")
    changed = window.document()["text"]
    window.key("ctrl+w")
    find(window, "modal", "Don't save")
    window.shot("closing_question")
    assert "small.graph.json" in answer(window, "Cancel")
    assert window.document()["text"] == changed
    window.key("ctrl+q")
    find(window, "modal", "Cancel", "Button")
    window.frame(6)
    window.key("Escape")
    assert window.document()["text"] == changed

    window.key("ctrl+w")
    answer(window, "Don't save")
    assert window.document()["graph"]["nodes"] == {}
    assert "bypass" not in path.read_text()

    # opened again by the menu of recent files, and saved when the window is closed
    take(window, "File", "recent")
    window.frame(6)
    window.shot("menu_recent")
    window.click(420, 37 + 40)
    window.until(lambda: window.document()["path"] == str(path), "the recent file")
    select(window, "two")
    window.key("b")
    window.key("ctrl+q")
    find(window, "modal", "Save", "Button")
    window.frame(6)
    window.move(*middle(find(window, "modal", "Save", "Button")))
    window.tool("click", 1)  # nobody is there to be asked for frames after that
    assert window.process.wait(60) == 0
    assert path.read_text() == changed
    assert kept(window.home) == []


def test_older_versions_are_restored(open_window: Open, tmp_path: Path) -> None:
    path = small(tmp_path)
    window = open_window(path)
    first = window.document()["text"]
    for id in ("one", "two"):
        select(window, id)
        window.key("b")
        window.key("ctrl+s")
        window.until(lambda: not window.document()["modified"], "saved")
    last = window.document()["text"]
    take(window, "File", "file.versions")
    buttons = window.until(
        lambda: [w for w in window.widgets("versions") if w["label"] == "Restore"], "versions"
    )
    assert len(buttons) == 2
    window.shot("versions")
    window.click(*middle(buttons[-1]))  # the oldest
    window.frame(4)
    nodes = window.document()["graph"]["nodes"]
    assert nodes == json.loads(first)["nodes"]
    assert window.document()["undo"] == "Restore version 1"
    window.key("ctrl+z")
    assert window.document()["text"] == last


def test_a_graph_with_unknown_types_is_shown_and_saved_as_it_is(
    open_window: Open, tmp_path: Path
) -> None:
    path = write_graph(
        tmp_path / "odd.graph.json",
        {
            "one": ("background.polynomial", {"degree": 2}),
            "magic": ("other.magic", {"strength": [1, {"a": None}], "word": "Zauber ★"}),
            "two": ("stretch.histogram", {}),
        },
        ["one.image -> magic.picture", "magic.result -> two.image"],
        zeppelin={"kept": True},
    )
    window = open_window(path)
    assert "other.magic" in window.state()["message"][1]
    window.until(lambda: window.state()["nodes"]["magic"] == "missing", "missing")
    select(window, "magic")
    told = read(window, "inspector")
    assert "not installed" in told
    assert "Zauber ★" in told
    window.shot("unknown_type")
    before = window.document()["text"]
    assert '"zeppelin"' in before
    select(window, "two")
    window.key("b")
    window.key("ctrl+s")
    window.until(lambda: not window.document()["modified"], "saved")
    known = before.splitlines()
    saved = [line for line in path.read_text().splitlines() if line not in known]
    assert all('"two"' in line or "bypass" in line for line in saved), saved
    assert json.loads(path.read_text())["nodes"]["magic"] == json.loads(before)["nodes"]["magic"]


def test_a_file_of_a_newer_version_is_refused_with_a_sentence(
    open_window: Open, tmp_path: Path
) -> None:
    path = small(tmp_path)
    content = json.loads(path.read_text()) | {"version": 99}
    path.write_text(json.dumps(content))
    before = path.read_bytes()
    window = open_window(path, home=prefer(tmp_path / "home", welcome=False))
    told = answer(window, "OK")
    assert "99" in told
    assert "newer" in told
    assert window.document()["graph"]["nodes"] == {}
    assert path.read_bytes() == before


def test_a_file_from_a_stranger_reads_nothing_before_it_may(
    open_window: Open, tmp_path: Path
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "download").mkdir()
    sky = write_sky(tmp_path / "private" / "sky.fits", 100)
    path = write_graph(
        tmp_path / "download" / "gift.graph.json",
        {"load": ("io.load_image", {"file": str(sky)}), "levels": ("stretch.histogram", {})},
        ["load.image -> levels.image"],
    )
    window = open_window(path)
    find(window, "modal", "Leave it")
    window.frame(30)
    assert set(window.state()["nodes"].values()) == {"unknown"}
    assert entries(window) == set()
    window.shot("stranger")
    assert f"load.file reads {sky}" in answer(window, "Leave it")
    select(window, "load")
    window.frame(30)
    assert set(window.state()["nodes"].values()) == {"unknown"}
    assert entries(window) == set()
    assert "outside its folder" in window.describe("viewer 1")["standing"][1]
    window.key("F5")
    window.settled()
    assert "allow that first" in window.state()["message"][1]
    assert entries(window) == set()

    window.key("ctrl+w")
    window.key("ctrl+o")
    choose_file(window, path)
    answer(window, "Allow")
    window.settled()
    select(window, "load")
    window.until(lambda: window.state()["nodes"]["load"] == "cached", "read")
    # and is remembered
    window.key("ctrl+w")
    window.key("ctrl+o")
    choose_file(window, path)
    window.until(lambda: window.document()["path"] == str(path), "opened again")
    window.settled()
    assert window.widgets("modal") == []


def test_u11_two_graphs_are_open_and_switching_runs_nothing(
    open_window: Open, tmp_path: Path
) -> None:
    write_sky(tmp_path / "sky.fits", 200)
    paths = [
        write_graph(
            tmp_path / f"{name}.graph.json",
            {
                "load": ("io.load_image", {"file": "sky.fits"}),
                "levels": ("stretch.histogram", {"midtones": midtones}),
            },
            ["load.image -> levels.image"],
        )
        for name, midtones in (("dark", 0.4), ("light", 0.1))
    ]
    window = open_window(*paths)
    assert window.state()["documents"] == 2
    for _ in range(2):
        select(window, "levels")
        window.until(lambda: window.describe("viewer 1")["fresh"], "a picture")
        window.settled()
        window.key("ctrl+Tab")
    known = entries(window)
    for _ in range(4):
        window.key("ctrl+Tab")
        window.frame(10)
        assert not window.state()["busy"]
    assert entries(window) == known

    # undo belongs to each of them
    select(window, "levels")
    window.key("b")
    shown = window.document()["path"]
    window.key("ctrl+Tab")
    assert window.document()["path"] != shown
    assert window.document()["undo"] is None
    window.key("ctrl+z")
    window.key("ctrl+Tab")
    assert window.document()["undo"], "not undone by the key in the other one"
    window.key("ctrl+z")
    assert not window.document()["modified"]
