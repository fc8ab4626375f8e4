"""The docstring of a node type as paragraphs for people."""

from __future__ import annotations

import re
import textwrap
from typing import Literal, NamedTuple


class Paragraph(NamedTuple):
    """A piece of help. kind: ``text``, ``code`` (kept line by line) or ``setting`` (with name)."""

    kind: Literal["text", "code", "setting"]
    text: str
    name: str = ""


_SETTING = re.compile(r"^(\w+): (.+)")


def read_help(doc: str) -> list[Paragraph]:
    """The paragraphs of a docstring, lines joined, marks of code taken off."""
    found: list[Paragraph] = []
    for block in re.split(r"\n[ \t]*\n", doc.strip("\n")):
        lines = block.splitlines()
        if not lines:
            continue
        if all(line[:1] in " \t" for line in lines):
            found.append(Paragraph("code", textwrap.dedent(block)))
            continue
        pending: list[str] = []
        for line in lines:
            begins = line[:1] not in " \t"
            if pending and begins and any(map(_SETTING.match, (line, pending[0]))):
                found.append(_paragraph(pending))
                pending = []
            pending.append(line)
        found.append(_paragraph(pending))
    return found


def _paragraph(lines: list[str]) -> Paragraph:
    text = " ".join(" ".join(lines).split())
    text = re.sub(r"``(.+?)``|`(.+?)`", lambda m: m[1] or m[2], text)
    setting = _SETTING.match(text)
    if setting and setting[1][0].islower():
        return Paragraph("setting", setting[2], setting[1])
    text = re.sub(r"\bRaises (InputError|GraphError|ValueError) ", "Fails ", text)
    return Paragraph("text", text)
