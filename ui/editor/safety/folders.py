"""Where the editor keeps what is the user's and no graph's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graph.file import write_text


def state_folder() -> Path:
    """What the editor remembers: recent graphs, unsaved work, crash logs."""
    from platformdirs import user_state_path

    return user_state_path("linearlink", appauthor=False)


def config_folder() -> Path:
    """What the user has chosen: preferences."""
    from platformdirs import user_config_path

    return user_config_path("linearlink", appauthor=False)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, empty where there is no file.

    Raises ValueError for a damaged file and OSError for one that cannot be read.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object in braces")
    return found


def write_object(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object aside and rename it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
