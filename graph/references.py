"""Where a graph names its nodes beside links: in what it keeps for people and for viewers."""

from __future__ import annotations

from typing import Any


def follow(view: dict[str, Any], id: str, new: str | None) -> None:
    """Keep the section ``view`` in step with a node that got another id, or went (None).

    ``nodes`` has ids for keys and ``collapsed`` is a list of them; in ``viewers`` an id stands
    under the key ``node`` however deep, and is null for none. All else is left as it is.
    """
    places = view.get("nodes")
    if isinstance(places, dict) and id in places:
        place = places.pop(id)
        if new is not None:
            places[new] = place
    folded = view.get("collapsed")
    if isinstance(folded, list) and id in folded:
        followed = [new if item == id else item for item in folded]
        view["collapsed"] = [item for item in followed if item is not None]
    _follow_entries(view.get("viewers"), id, new)


def _follow_entries(entry: Any, id: str, new: str | None) -> None:
    if isinstance(entry, dict):
        if entry.get("node") == id:
            entry["node"] = new
        for item in entry.values():
            _follow_entries(item, id, new)
    elif isinstance(entry, list):
        for item in entry:
            _follow_entries(item, id, new)
