"""The manual of the editor says what the program does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def make_keys() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_keys", DOCS / "make_keys.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_keys_is_that_of_the_program(make_keys: ModuleType) -> None:
    text = (DOCS / "editor.md").read_text("utf-8")
    assert make_keys.fill(text) == text, "run: python docs/make_keys.py"
    assert "| Edit | Undo | `Ctrl+Z` |" in text


def test_its_pictures_are_there() -> None:
    text = (DOCS / "editor.md").read_text("utf-8")
    names = [part.partition(")")[0] for part in text.split("](pictures/")[1:]]
    assert names
    assert all((DOCS / "pictures" / name).is_file() for name in names)
