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


@node("flow.join", version=1, known_as=("Concatenate", "merge"), title="Join lists", joins=True)
def join(
    first: Any = None,
    second: Any = None,
    third: Any = None,
    fourth: Any = None,
    fifth: Any = None,
    sixth: Any = None,
    seventh: Any = None,
    eighth: Any = None,
) -> Any:
    """Make one list of several, in the order of the inputs: the frames of two nights, say.

    A single value counts as a list of one. Nothing is computed or stored; a list that is blocked
    is left out.
    """
    given = (first, second, third, fourth, fifth, sixth, seventh, eighth)
    lists = [each if isinstance(each, list) else [each] for each in given if each is not None]
    return [item for each in lists for item in each]


@node("flow.joint", version=1, known_as=("Reroute", "Dot"), through=True)
def joint(value: Any) -> Any:
    """Pass a value on as it is: a joint of wires, to lay them out clearly."""
    return value
