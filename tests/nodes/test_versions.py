"""The guard of node versions: code that moved, and a version that did not.

``versions.json`` notes the version of every node and a digest of the code it depends on: the
syntax trees, without docstrings, comments and positions, of its module and of all modules of
``nodes/`` that this one imports, inside functions too, and those in turn. When a tree moved, raise
the node's version if results change. Then, or if they do not, note the new state:

    python tests/nodes/test_versions.py --confirm
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTED = Path(__file__).with_name("versions.json")
CONFIRM = "python tests/nodes/test_versions.py --confirm"


def compare(noted: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between what is noted of the nodes and what they are, one line a node."""
    lines = []
    for id in sorted({*noted, *now}):
        was, is_ = noted.get(id), now.get(id)
        if was is None:
            lines.append(f"{id} is new: {CONFIRM}")
        elif is_ is None:
            lines.append(f"{id} is gone: {CONFIRM}")
        elif was["version"] != is_["version"]:
            lines.append(f"{id} went from version {was['version']} to {is_['version']}: {CONFIRM}")
        elif was["digest"] != is_["digest"]:
            lines.append(
                f"the code of {id} changed and its version did not: raise it if results change, "
                f"then {CONFIRM}"
            )
    return lines


def describe(nodes: Iterable[tuple[str, int, str]], root: Path = ROOT) -> dict[str, Any]:
    """Version and digest of each node, given as (id, version, module)."""
    digests: dict[str, str] = {}
    result = {}
    for id, version, module in sorted(nodes):
        if module not in digests:
            digests[module] = digest(module, root)
        result[id] = {"version": version, "digest": digests[module]}
    return result


def digest(module: str, root: Path = ROOT) -> str:
    """SHA-256 of the code of a module and of all that it imports from its package."""
    package = module.partition(".")[0]
    trees: dict[str, str] = {}
    pending = [module]
    while pending:
        name = pending.pop()
        path = find(name, root)
        if name in trees or path is None:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        trees[name] = hashlib.sha256(code(tree).encode()).hexdigest()
        above = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for imported in imports(tree, above, root):
            if imported.partition(".")[0] == package:
                pending.append(imported)
    return hashlib.sha256(json.dumps(trees, sort_keys=True).encode()).hexdigest()


def find(module: str, root: Path) -> Path | None:
    """The file of a module below a root."""
    path = root.joinpath(*module.split("."))
    candidates = (path.with_name(path.name + ".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def imports(tree: ast.AST, package: str, root: Path) -> Iterator[str]:
    """The modules that some code imports; for ``import_module(f"a.b.{c}")`` all below ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = parents if node.level else []
            name = ".".join([*start, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                below = f"{name}.{alias.name}"
                yield below if find(below, root) else name
        elif isinstance(node, ast.Call) and node.args:
            function = node.func
            called = getattr(function, "attr", getattr(function, "id", ""))
            if called == "import_module":
                yield from _named(node.args[0], root)


def _named(name: ast.expr, root: Path) -> Iterator[str]:
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        yield name.value
    elif isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant):
        package = str(name.values[0].value).rstrip(".")
        for path in root.joinpath(*package.split(".")).glob("*.py"):
            yield f"{package}.{path.stem}"


def code(node: Any) -> str:
    """A syntax tree as text, alike in all versions of Python; docstrings and positions left out."""
    if isinstance(node, list):
        return "[" + ",".join(map(code, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    parts = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list) and has_docstring(node):
            value = value[1:]
        if value is not None and value != [] and name not in ("kind", "type_comment"):
            parts.append(f"{name}={code(value)}")
    return f"{type(node).__name__}({','.join(parts)})"


def has_docstring(node: ast.AST) -> bool:
    """Whether the first statement of a module, class or function is its docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None


def installed() -> dict[str, Any]:
    """Version and digest of all our nodes."""
    from ui.packs import load_registry

    return describe(
        (spec.id, spec.version, spec.function.__module__) for spec in load_registry(packs=False)
    )


def confirm() -> None:
    """Note the present state of all nodes."""
    NOTED.write_text(json.dumps(installed(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def test_k17_versions_rise_with_the_code() -> None:
    assert NOTED.exists(), CONFIRM
    lines = compare(json.loads(NOTED.read_text(encoding="utf-8")), installed())
    assert not lines, "\n".join(lines)


# --- the guard itself, on small packages ----------------------------------------------------------

FILES = {
    "pack/__init__.py": '"""A pack."""\n',
    "pack/blur.py": '''"""Blurs."""
from pack.values import Value

def blur(value, *, radius=1.0):
    """Blur a value.

    radius: how far.
    """
    from pack.kernels import gauss  # late

    return gauss.smooth(Value(value), radius)
''',
    "pack/values.py": "class Value:\n    '''A value.'''\n",
    "pack/kernels/__init__.py": "",
    "pack/kernels/gauss.py": "from .deep import far\n\ndef smooth(value, radius):\n"
    "    return far(value)\n",
    "pack/kernels/deep.py": "def far(value):\n    return value\n",
    "pack/other.py": "from importlib import import_module\n\ndef load(name):\n"
    '    return import_module(f"pack.formats.{name}")\n',
    "pack/formats/__init__.py": "",
    "pack/formats/fits.py": "LIMIT = 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a small package."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def state(root: Path, version: int = 1) -> dict[str, Any]:
    """What is to be noted of the small package."""
    return describe([("toy.blur", version, "pack.blur"), ("toy.load", 1, "pack.other")], root)


def edit(root: Path, file: str, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "node"),
    [
        ("pack/blur.py", "radius=1.0", "radius=2.0", "toy.blur"),
        ("pack/blur.py", "(value), radius", "(value), -radius", "toy.blur"),
        ("pack/values.py", "    '''A value.'''", "    size = 1", "toy.blur"),
        ("pack/kernels/gauss.py", "far(value)", "far(far(value))", "toy.blur"),
        ("pack/kernels/deep.py", "return value", "return -value", "toy.blur"),
        ("pack/formats/fits.py", "1", "2", "toy.load"),
    ],
)
def test_k17_edited_code_names_the_node(
    root: Path, file: str, old: str, new: str, node: str
) -> None:
    noted = state(root)
    edit(root, file, old, new)
    (line,) = compare(noted, state(root))
    assert f"the code of {node} changed and its version did not" in line
    assert "--confirm" in line
    assert compare(state(root), state(root)) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pack/blur.py", "  # late", "  # imported late, for a reason"),
        ("pack/blur.py", "Blur a value.", "Smooth a value."),
        ("pack/blur.py", "radius: how far.", "radius: how far; pixels."),
        ("pack/blur.py", '"""Blurs."""', '"""Blurs and more."""\n\n# a remark\n\n'),
        ("pack/blur.py", "(value), radius)", "(value),\n        radius,\n    )"),
        ("pack/values.py", "A value.", "The value."),
        ("pack/kernels/deep.py", "def far", "\n\ndef far"),
        ("pack/__init__.py", "A pack.", "The pack."),
    ],
)
def test_k18_comments_docstrings_and_layout_pass(root: Path, file: str, old: str, new: str) -> None:
    noted = state(root)
    edit(root, file, old, new)
    assert compare(noted, state(root)) == []


def test_k18_code_that_is_not_imported_passes(root: Path) -> None:
    noted = state(root)
    (root / "pack" / "unused.py").write_text("x = 1\n")
    assert compare(noted, state(root)) == []


def test_k17_raised_version_is_to_be_noted(root: Path) -> None:
    noted = state(root)
    edit(root, "pack/blur.py", "1.0", "2.0")
    assert compare(noted, state(root, version=2)) == [
        f"toy.blur went from version 1 to 2: {CONFIRM}"
    ]


def test_k17_new_and_lost_nodes_are_to_be_noted(root: Path) -> None:
    noted = state(root)
    less = {"toy.load": noted["toy.load"]}
    assert compare(less, noted) == [f"toy.blur is new: {CONFIRM}"]
    assert compare(noted, less) == [f"toy.blur is gone: {CONFIRM}"]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:] != ["--confirm"]:
        sys.exit(__doc__)
    confirm()
