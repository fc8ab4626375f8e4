"""Which way values go."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from graph.spec import When, node


@node("flow.choose", version=1, known_as=("Switch", "if"))
def choose(
    first: Annotated[Any, When(lambda params: params["take"] == "first")],
    second: Annotated[Any, When(lambda params: params["take"] == "second")],
    *,
    take: Literal["first", "second"] = "first",
) -> Any:
    """Give one of two values; what makes the other is not computed.

    take: which of the two; a link may decide it for each item of a list.
    """
    return first if take == "first" else second


@node("flow.joint", version=1, known_as=("Reroute", "Dot"), through=True)
def joint(value: Any) -> Any:
    """Pass a value on as it is: a joint of wires, to lay them out clearly."""
    return value
