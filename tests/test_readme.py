"""What the documents promise: their commands work, and their links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from nodes.values import Image
from ui.command import build_parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: what stands for a value in examples
PLACES = {"N": "4", "GRAPH": "samples/first_light.graph.json"}


def _shell_lines(text: str) -> list[str]:
    """The lines of shell blocks, without comments."""
    blocks = re.findall(r"^```(?:sh|bash|shell|console)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines if line and not line.startswith("#")]


def test_the_two_commands_are_what_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    installing = [line for line in _shell_lines(README) if "-c constraints.txt" in line]
    assert len(installing) == 2
    assert installing == [line for line in ci if "pip install" in line]
    assert "linearlink run samples/first_light.graph.json" in installing[0]
    assert "pytest" in installing[1]


def _commands() -> list[str]:
    lines = [*_shell_lines(README), *re.findall(r"`(linearlink [^`]+)`", README)]
    found = [
        part for line in lines for part in re.findall(r"(?:^|[\s/])(linearlink [^|&;]+)", line)
    ]
    return list(dict.fromkeys(command.strip() for command in found))


def test_the_readme_has_commands() -> None:
    assert {command.split()[1] for command in _commands()} >= {"run", "plan", "check", "nodes"}


@pytest.mark.parametrize("command", _commands())
def test_every_command_parses(command: str) -> None:
    words = [PLACES.get(word, word) for word in shlex.split(command)[1:]]
    parsed = build_parser().parse_args(words)
    graph = getattr(parsed, "graph", None)
    if graph and str(graph).startswith("samples/"):
        assert (ROOT / graph).is_file()


def _slug(heading: str) -> str:
    """The anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_and_picture_exists(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)
    targets = re.findall(r"\]\(<?([^)>\s]+)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        path = (document.parent / place).resolve() if place else document
        assert path.is_relative_to(ROOT), target
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(_slug, headings), target


def test_pictures_come_before_words() -> None:
    assert README.index("![") < README.index("# LinearLink")


def test_no_document_names_a_command_that_is_not() -> None:
    known = set(next(a for a in build_parser()._actions if a.dest == "command").choices or ())
    for document in (ROOT / "README.md", *(p for p in DOCUMENTS if p.name != "design.md")):
        for word in re.findall(
            r"(?<!from )\blinearlink ([a-z]+)\b(?= |`|$)", document.read_text("utf-8")
        ):
            assert word in known, f"{document.name}: linearlink {word}"


def test_the_picture_of_the_graph_is_the_one_drawn_today() -> None:
    """Otherwise docs/make_pictures.py makes it again."""
    from graph.file import read
    from ui.drawing import to_svg
    from ui.packs import load_registry

    graph = read(ROOT / "samples" / "first_light.graph.json", load_registry(packs=False))
    shown = (ROOT / "docs" / "pictures" / "first_light.svg").read_text("utf-8")
    assert shown == to_svg(graph)


def test_the_node_of_the_readme_works(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (code,) = (block for block in blocks if "@node(" in block)
    assert len(code.strip().splitlines()) <= 16
    (tmp_path / "readme_node.py").write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("readme_node", tmp_path / "readme_node.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.pedestal.spec.params["level"].help == "what is added; 0 to 1."
    lifted = module.pedestal(Image(np.zeros((2, 3))), level=0.5)
    assert lifted.data.tolist() == [[[0.5] * 3] * 2]
