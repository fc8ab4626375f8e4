"""The samples that come with the program."""

from __future__ import annotations

from pathlib import Path

from tests.command_line import SAMPLES
from ui.editor.shell.samples import COPIES, find_samples, open_place


def test_they_are_found_with_titles_and_pictures() -> None:
    found = {sample.path.name: sample for sample in find_samples()}
    assert found["first_light.graph.json"].title == "First light"
    assert found["first_light.graph.json"].picture is not None


def test_in_a_checkout_they_are_opened_in_place(tmp_path: Path) -> None:
    path = SAMPLES / "first_light.graph.json"
    assert open_place(path, tmp_path) == path
    assert list(tmp_path.iterdir()) == []


def test_of_an_installed_program_a_copy_is_opened_and_what_was_changed_stays(
    tmp_path: Path,
) -> None:
    installed = tmp_path / "ui" / "samples"
    (installed / "data").mkdir(parents=True)
    (installed / "a.graph.json").write_text("graph")
    (installed / "data" / "a.fits").write_text("image")
    place = open_place(installed / "a.graph.json", tmp_path)
    assert place == tmp_path / COPIES / "a.graph.json"
    assert (tmp_path / COPIES / "data" / "a.fits").read_text() == "image"
    place.write_text("changed")
    assert open_place(installed / "a.graph.json", tmp_path).read_text() == "changed"
