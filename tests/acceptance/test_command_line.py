"""The command line, case by case."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graph.disk import Disk
from graph.file import read
from graph.plan import plan
from graph.run import run
from graph.store import Store
from tests.command_line import ROOT, SINKS, Command, add_nodes, change, outputs, write_graph
from ui.packs import load_registry


def _digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_c01_runs_without_display_and_without_interface_modules(
    small: Path, tmp_path: Path
) -> None:
    code = (
        "import sys\n"
        "from linearlink import main\n"
        "code = main(sys.argv[1:])\n"
        "print('\\n'.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
        "sys.exit(code)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", code, "run", small, "--store", tmp_path / "store", "--quiet"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    modules = set(done.stdout.split())
    assert "numba" in modules  # it did run in there
    assert not modules & {"dearpygui", "tkinter", "matplotlib", "PyQt5", "PyQt6", "wx", "gi"}
    assert len(outputs(small.parent / "output")) == len(SINKS)


def test_c02_set_is_typed_and_checked(small: Path, linearlink: Command) -> None:
    done = linearlink("plan", small, "--set", "background.degree=3", "--json")
    assert done.code == 0
    other = linearlink("plan", small, "--json")
    assert done.json["nodes"]["background"]["key"] != other.json["nodes"]["background"]["key"]
    explained = linearlink("plan", small, "--set", "background.degree=3", "--explain", "background")
    assert "degree = 3 (command line)\n" in explained.out


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("view.lnk=linked", ["view", "'lnk'", "did you mean 'link'"]),
        ("veiw.link=linked", ["'veiw'", "did you mean 'view'"]),
        ("view.link=unlinkd", ["view.link", "'unlinkd'", "did you mean 'unlinked'"]),
        ("view.target=bright", ["view.target", "number", "'bright'"]),
        ("background.degree=2.5", ["background.degree", "whole number", "2.5"]),
        ("background.degree=99", ["background.degree", "99", "0 to 6"]),
        ("view.target=NaN", ["view.target", "finite", "NaN"]),
        ("view.target=1e999", ["view.target", "finite"]),
        ("view.exact_target=maybe", ["view.exact_target", "true or false", "'maybe'"]),
        ("neutralize.reference=1,2,3,4", ["neutralize.reference", "list", "'1,2,3,4'"]),
        ("neutralize.reference=[1,2]", ["neutralize.reference", "4 values, not 2"]),
        ("neutralize.reference=[1,2,3,x]", ["neutralize.reference", "list"]),
        ("neutralize.reference=[1,2,3.5,4]", ["neutralize.reference", "value 3", "3.5"]),
        ("red.file=", ["red.file", "path"]),
        ("picture.file=output/x.doc", ["picture.file", "x.doc", ".tif"]),
        ("view.link", ["'view.link'", "NODE.PARAM=VALUE"]),
        ("view=linked", ["'view'", "NODE.PARAM"]),
        ("=3", ["NODE.PARAM=VALUE"]),
    ],
)
def test_c02_a_wrong_setting_exits_2_in_one_sentence(
    small: Path, linearlink: Command, setting: str, words: list[str]
) -> None:
    done = linearlink("run", small, "--set", setting)
    assert done.code == 2
    assert len(done.mistakes) == 1
    for word in words:
        assert word in done.mistakes[0]
    assert outputs(small.parent / "output") == []


def test_c02_a_setting_fed_by_a_link_is_refused(
    packs: Path, linearlink: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(packs)
    graph = write_graph(
        tmp_path / "g.json",
        ["n.number -> one.plus", "n.number -> one.a"],
        n=("toy.number", {"value": 2.0}),
        one=("toy.one", {}),
    )
    done = linearlink("run", graph, "--target", "one", "--set", "one.plus=3")
    assert (done.code, done.mistakes) == (2, ["one.plus: is fed by a link and cannot be set"])


def test_c03_exit_codes_of_success_failure_and_invalid_graph(
    small: Path, linearlink: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert linearlink("run", small, "--quiet").code == 0
    assert linearlink("run", small, "--quiet", "--set", "red.hdu=7").code == 1
    add_nodes(small, ["combine.image -> nowhere.image"], nowhere=("view.scren", {}))
    assert linearlink("run", small, "--quiet").code == 2
    assert linearlink("frobnicate").code == 2
    monkeypatch.delenv("DISPLAY", raising=False)
    assert linearlink("edit", "no-such-graph").code == 2


def test_c04_dry_run_lists_every_node_with_state_and_reason(
    small: Path, linearlink: Command
) -> None:
    first = linearlink("run", small, "--dry-run")
    assert first.code == 0
    rows = {line.split()[1]: line for line in first.out.splitlines()[:-1]}
    nodes = json.loads(small.read_text())["nodes"]
    assert set(nodes) <= set(rows)
    assert all(row.startswith("run ") for row in rows.values())
    assert all(rows[id].endswith(" new") for id in nodes if id != "other")
    assert rows["other"].endswith(" the same work as green")
    assert rows["summary:statistics"].endswith(" the same work as view:statistics")
    assert outputs(small.parent / "output") == []

    linearlink("run", small)
    second = linearlink("run", small, "--dry-run", "--set", "stretch.target=0.3")
    rows = {line.split()[1]: line for line in second.out.splitlines()[:-1]}
    assert "parameter target changed 0.25 → 0.3" in rows["stretch"]
    assert "input image changed" in rows["picture"]
    assert rows["calibrate"].startswith("cached")
    assert rows["red"].startswith("skipped")
    assert second.out.splitlines()[-1].startswith("2 to run, ")
    assert linearlink("run", small, "--json").summary["executed"] == []


def test_c05_explain_says_what_changed(small: Path, linearlink: Command) -> None:
    linearlink("run", small)

    def explain(node: str, *options: str) -> str:
        done = linearlink("plan", small, "--explain", node, *options)
        assert done.code == 0
        return done.out.splitlines()[0]

    assert explain("background") == "background (background.polynomial): cached"
    degree = ("--set", "background.degree=3")
    assert explain("background", *degree).endswith("run: parameter degree changed 2 → 3")
    assert explain("neutralize", *degree).endswith("run: input image changed")
    blue, red = (small.parent / "data" / f"first_light_{name}.fits" for name in ("blue", "red"))
    shutil.copyfile(blue, red)
    assert explain("red").endswith("run: file first_light_red.fits changed")
    assert explain("combine").endswith("run: input red changed")

    def rewire(data: dict[str, Any]) -> None:
        data["links"].remove("combine.image -> before.image")
        data["links"].append("calibrate.image -> before.image")

    change(small, rewire)
    assert "input image is now calibrate.image" in explain("before")
    (small.parent / "output" / "other.fits").write_text("mine")
    assert explain("other_fits").endswith("run: other.fits was altered")
    (small.parent / "output" / "other.fits").unlink()
    assert explain("other_fits").endswith("run: other.fits is missing")
    everything = linearlink("plan", small, "--explain")
    assert all(f"{id} (" in everything.out for id in json.loads(small.read_text())["nodes"])
    wrong = linearlink("plan", small, "--explain", "backround")
    assert wrong.code == 2
    assert "did you mean 'background'" in wrong.mistakes[0]


def test_c06_an_unknown_target_exits_2_with_the_list(small: Path, linearlink: Command) -> None:
    done = linearlink("run", small, "--target", "calibrat")
    assert done.code == 2
    assert len(done.mistakes) == 1
    assert "'calibrat'" in done.mistakes[0]
    assert "did you mean 'calibrate'" in done.mistakes[0]
    for id in json.loads(small.read_text())["nodes"]:
        assert id in done.mistakes[0]


def test_c06_only_the_target_and_what_it_needs_runs(small: Path, linearlink: Command) -> None:
    done = linearlink("run", small, "--target", "neutralize", "--json")
    ran = {"red", "green", "blue", "combine", "background", "neutralize"}
    assert set(done.summary["executed"]) == ran
    assert outputs(small.parent / "output") == []


def test_c07_json_is_one_event_a_line(small: Path, linearlink: Command) -> None:
    done = linearlink("run", small, "--json")
    assert (done.code, done.err) == (0, "")
    *events, summary = done.lines
    assert all({"event", "node", "time"} <= set(event) for event in events)
    assert summary == done.summary
    assert set(summary) >= {
        "status", "executed", "cached", "failed", "blocked", "skipped", "outputs", "seconds",
        "peak_memory_bytes",
    }  # fmt: skip
    assert summary["status"] == "ok"
    assert summary["peak_memory_bytes"] > 1 << 20
    for id in summary["executed"]:
        kinds = [event["event"] for event in events if event["node"] == id]
        kinds = [kind for kind in kinds if kind not in ("progress", "warning")]
        assert kinds == ["queued", "started", "finished"]
    finished = [event["node"] for event in events if event["event"] == "finished"]
    assert finished.index("combine") < finished.index("background")
    assert summary["outputs"]["picture"] == [str(small.parent / "output" / "first_light.tif")]
    again = linearlink("run", small, "--json")
    assert {event["event"] for event in again.lines} == {"cached", "skipped", "summary"}


def test_c07_json_of_an_invalid_graph_ends_in_a_summary(small: Path, linearlink: Command) -> None:
    graph = write_graph(small.parent / "bad.json", save=("io.save_text", {"file": "a.txt"}))
    done = linearlink("run", graph, "--json")
    assert done.code == 2
    assert done.summary["status"] == "invalid"
    assert done.summary["problems"] == ["save.text: is not connected"]


def test_c08_equal_keys_and_digests_by_python_and_by_command(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    keys = {
        id: node["key"] for id, node in linearlink("plan", small, "--json").json["nodes"].items()
    }
    assert linearlink("run", small).code == 0
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(small.parent, elsewhere, ignore=shutil.ignore_patterns("output"))
    graph = read(elsewhere / "graph.json", load_registry())
    store = Store()
    result = run(plan(graph, store, folder=elsewhere), store)
    assert {id: node.record["key"] for id, node in result.plan.nodes.items()} == keys
    by_command = Disk(tmp_path / "store").find(keys.values())
    by_python = result.digests()
    compared = 0
    for id, key in keys.items():
        if key in by_command:
            assert by_python[id] == [by_command[key].outputs]
            compared += 1
    assert compared >= 15  # all but the masters, which are read again rather than kept
    assert _digests(small.parent / "output") == _digests(elsewhere / "output")


@pytest.mark.parametrize("option", ["--no-store", "--no-cache"])
def test_c10_without_store_all_runs_and_nothing_is_kept(
    small: Path, linearlink: Command, tmp_path: Path, option: str
) -> None:
    done = linearlink("run", small, option, "--store", tmp_path / "none", "--json")
    assert done.code == 0
    assert not (tmp_path / "none").exists()
    linearlink("run", small)
    before = linearlink("store", "list", "--json").json
    planned = linearlink("run", small, option, "--dry-run")
    assert planned.out.splitlines()[0].endswith(" requested")
    again = linearlink("run", small, option, "--store", tmp_path / "store", "--json")
    assert again.code == 0
    assert again.summary["executed"] == done.summary["executed"]
    assert len(again.summary["executed"]) >= 20
    assert linearlink("store", "list", "--json").json == before


def test_k01_a_second_run_computes_nothing(small: Path, linearlink: Command) -> None:
    first = linearlink("run", small, "--json")
    second = linearlink("run", small, "--json")
    assert (first.code, second.code) == (0, 0)
    assert second.summary["executed"] == []
    assert second.summary["outputs"] == first.summary["outputs"]
    assert sorted(second.summary["outputs"]) == sorted(SINKS)


@pytest.mark.parametrize(
    ("id", "name", "path"),
    [
        ("red", "file", "/etc/passwd"),
        ("red", "file", "../secret.fits"),
        ("red", "file", "data/../../secret.fits"),
        ("red", "file", "~/secret.fits"),
        ("red", "file", "C:\\secret.fits"),
        ("picture", "file", "../escaped.tif"),
        ("picture", "file", "/tmp/escaped.tif"),
    ],
)
def test_z04_z06_leaving_the_folder_needs_consent(
    small: Path, linearlink: Command, id: str, name: str, path: str
) -> None:
    change(small, lambda data: data["nodes"][id]["params"].update({name: path}))
    for command in ("run", "plan"):
        done = linearlink(command, small)
        assert (done.code, done.out) == (3, "")
        assert len(done.mistakes) == 1
        for word in (f"{id}.{name}", path, "--yes"):
            assert word in done.mistakes[0]
    assert outputs(small.parent / "output") == []
    assert "outside the folder" in linearlink("check", small).out  # which needs no consent


def test_z04_consent_is_yes_or_a_path_on_the_command_line(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    master = tmp_path / "master.fits"
    shutil.copyfile(small.parent / "data" / "first_light_red.fits", master)
    change(small, lambda data: data["nodes"]["red"]["params"].update(file="../master.fits"))
    assert linearlink("run", small, "--quiet").code == 3
    assert linearlink("run", small, "--quiet", "--yes").code == 0
    assert linearlink("run", small, "--quiet", "--input", f"red={master}").code == 0
    assert linearlink("run", small, "--quiet", "--set", f"red.file={master}").code == 0


def test_z06_an_existing_file_is_kept_unless_overwrite_is_on(
    small: Path, linearlink: Command
) -> None:
    change(small, lambda data: data["nodes"]["picture"]["params"].update(overwrite=False))
    mine = small.parent / "output" / "first_light.tif"
    mine.parent.mkdir()
    mine.write_text("mine")
    done = linearlink("run", small)
    assert done.code == 1
    assert len(done.mistakes) == 1
    for word in ("picture", str(mine), "exists", "overwrite"):
        assert word in done.mistakes[0]
    assert mine.read_text() == "mine"
    assert len(outputs(small.parent / "output")) == len(SINKS)  # the others finished
    assert linearlink("run", small, "--set", "picture.overwrite=true").code == 0
    assert mine.read_bytes()[:4] == b"II*\0"


def test_the_graph_may_be_given_by_a_link_from_anywhere(
    small: Path, linearlink: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "a link to ü.json"
    link.symlink_to(small)
    monkeypatch.chdir("/")
    assert linearlink("run", link, "--quiet").code == 0
    assert len(outputs(small.parent / "output")) == len(SINKS)
    assert linearlink("run", small, "--json").summary["executed"] == []


def test_out_takes_relative_outputs_elsewhere(
    small: Path, linearlink: Command, tmp_path: Path
) -> None:
    done = linearlink("run", small, "--out", tmp_path / "Orion's sword")
    assert done.code == 0
    assert len(outputs(tmp_path / "Orion's sword" / "output")) == len(SINKS)
    assert not (small.parent / "output").exists()
