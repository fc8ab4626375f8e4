"""Docstrings as paragraphs."""

from __future__ import annotations

import pytest

from graph.spec import NodeSpec
from ui.editor.inspector.help_text import Paragraph, read_help
from ui.packs import load_registry

DOC = """Fit a thing.

First line
and ``x + y`` second.

    a = b
      c

Raises InputError for a mask of other size.
Source: a book.

degree: total degree;
    1 is a plane.
box: side of a box; pixels.
"""


def test_paragraphs_are_joined_and_settings_named() -> None:
    assert read_help(DOC) == [
        Paragraph("text", "Fit a thing."),
        Paragraph("text", "First line and x + y second."),
        Paragraph("code", "a = b\n  c"),
        Paragraph("text", "Fails for a mask of other size."),
        Paragraph("text", "Source: a book."),
        Paragraph("setting", "total degree; 1 is a plane.", "degree"),
        Paragraph("setting", "side of a box; pixels.", "box"),
    ]


def test_nothing_said() -> None:
    assert read_help("") == []


@pytest.mark.parametrize("spec", list(load_registry(packs=False)), ids=lambda spec: spec.id)
def test_every_setting_of_our_nodes_is_found(spec: NodeSpec) -> None:
    found = {paragraph.name for paragraph in read_help(spec.doc) if paragraph.kind == "setting"}
    assert {name for name, parameter in spec.params.items() if parameter.help} <= found
