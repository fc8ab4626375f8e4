"""Reading node types from signatures: sockets, parameters, outputs, help, and every refusal."""

from __future__ import annotations

import copy
import pickle
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from graph.context import SILENT, Context
from graph.registry import Registry
from graph.spec import (
    REQUIRED,
    Color,
    CurvePoints,
    Each,
    Expression,
    From,
    Gives,
    Grouping,
    InputFile,
    NodeSpec,
    OutputFile,
    Partial,
    Range,
    Repeat,
    Requires,
    When,
    node,
)
from tests.graph.toy_nodes import Grid, Stencil, measure
from tests.graph.toy_nodes import number as toy_number


class Two(NamedTuple):
    """Two outputs, one of them a list."""

    picture: Annotated[Grid, Gives("stretched")]
    numbers: Sequence[float]


@node(
    "toy.whole_story",
    version=4,
    aliases=("toy.old_story",),
    display=True,
    keep="memory",
)
def story(
    grid: Annotated[Grid, Requires("linear")],
    frames: Sequence[Grid],
    deep: list[tuple[Grid, ...]],
    mask: Stencil | None = None,
    factor: float = 2.0,
    again: Annotated[float | None, Repeat()] = None,
    *,
    black: Annotated[float, Range(0, 1, slider=(0, 0.1), scale="log", unit="of full scale")] = 0.25,
    mode: Literal["fast", "exact"] = "fast",
    name: str | None = None,
    points: tuple[float, float] = (0.0, 1.0),
    files: Annotated[Path, InputFile(("*.fits",)), Each()],
    out: Annotated[Path, OutputFile((".fits",))] = Path("out.fits"),
    formula: Annotated[str, Expression(("x",))] = "x",
    ctx: Context = SILENT,
) -> Two:
    """Tell the whole story.

    Once upon a time
    there was a node.

    black: level that becomes zero; of full scale;
        higher is darker.
    mode: how it is done.
    """
    return Two(grid, [])


SPEC: NodeSpec = story.spec  # type: ignore[attr-defined]


def spec_of(function: Callable[..., Any]) -> NodeSpec:
    spec: NodeSpec = function.spec  # type: ignore[attr-defined]
    return spec


def test_function_stays_a_plain_function() -> None:
    assert isinstance(story, types.FunctionType)
    assert toy_number(value=3.0) == 3.0


def test_identity_and_options() -> None:
    assert (SPEC.id, SPEC.version, SPEC.family, SPEC.title) == (
        "toy.whole_story", 4, "toy", "Whole story",
    )  # fmt: skip
    assert SPEC.aliases == ("toy.old_story",)
    assert SPEC.display
    assert not SPEC.writes
    assert SPEC.repeatable
    assert SPEC.keep == "memory"
    assert SPEC.context == "ctx"
    assert SPEC.function is story


def test_before_the_star_are_sockets() -> None:
    assert list(SPEC.sockets) == ["grid", "frames", "deep", "mask", "factor", "again"]
    grid, frames, deep, mask, factor, again = SPEC.sockets.values()
    assert (grid.type, grid.depth, grid.optional, grid.requires) == (Grid, 0, False, "linear")
    assert (frames.type, frames.depth, frames.requires) == (Grid, 1, None)
    assert (deep.type, deep.depth) == (Grid, 2)
    assert (mask.type, mask.optional, mask.default) == (Stencil, True, None)
    assert (factor.type, factor.optional, factor.default) == (float, True, 2.0)
    assert (again.type, again.repeat, again.optional) == (float, True, True)
    assert grid.default is REQUIRED
    assert not grid.repeat


def test_after_the_star_are_parameters() -> None:
    kinds = {name: parameter.kind for name, parameter in SPEC.params.items()}
    assert kinds == {
        "black": "number", "mode": "choice", "name": "text", "points": "list", "files": "file",
        "out": "output", "formula": "text",
    }  # fmt: skip
    black = SPEC.params["black"]
    assert black.range == Range(0, 1, slider=(0, 0.1), scale="log", unit="of full scale")
    assert black.default == 0.25
    assert SPEC.params["mode"].choices == ("fast", "exact")
    assert SPEC.params["name"].optional
    assert SPEC.params["files"].each
    assert SPEC.params["files"].file == InputFile(("*.fits",))
    assert SPEC.params["files"].default is REQUIRED
    assert SPEC.params["out"].file == OutputFile((".fits",))
    assert SPEC.params["formula"].expression == Expression(("x",))


def test_docstring_gives_summary_and_help_lines() -> None:
    assert SPEC.summary == "Tell the whole story."
    assert "there was a node." in SPEC.doc
    assert SPEC.params["black"].help == (
        "level that becomes zero; of full scale; higher is darker."
    )
    assert SPEC.params["mode"].help == "how it is done."
    assert SPEC.params["name"].help == ""


def test_return_type_gives_outputs() -> None:
    picture, numbers = SPEC.outputs.values()
    assert (picture.name, picture.type, picture.depth) == ("picture", Grid, 0)
    assert picture.gives == Gives("stretched")
    assert (numbers.name, numbers.type, numbers.depth) == ("numbers", float, 1)
    assert SPEC.named_outputs


def test_one_output_is_named_after_its_type_and_none_is_no_output() -> None:
    @node("toy.one_output")
    def one(items: Sequence[float]) -> Annotated[Sequence[Grid], Gives("linear")]:
        return []

    @node("toy.no_output")
    def none() -> None: ...

    @node("toy.silent_output")
    def silent():  # type: ignore[no-untyped-def]
        ...

    (output,) = spec_of(one).outputs.values()
    assert (output.name, output.depth, output.gives) == ("grid", 1, Gives("linear"))
    assert not spec_of(one).named_outputs
    assert not spec_of(none).outputs
    assert not spec_of(silent).outputs


def test_implicit_node_brings_its_sockets_along() -> None:
    @node("toy.shows")
    def shows(mean: Annotated[float, From(measure)]) -> float:
        return mean

    spec = spec_of(shows)
    assert list(spec.sockets) == ["grid", "mean"]
    assert not spec.sockets["grid"].passed
    assert spec.sockets["grid"].type is Grid
    assert spec.sockets["mean"].implicit is spec_of(measure)


def test_implicit_node_shares_a_socket_of_the_same_name() -> None:
    @node("toy.shows_both")
    def both(grid: Grid, mean: Annotated[float, From(measure)]) -> float:
        return mean

    spec = spec_of(both)
    assert list(spec.sockets) == ["grid", "mean"]
    assert spec.sockets["grid"].passed


@pytest.mark.parametrize("id", ["stretch", "Stretch.asinh", "a.b-c", "a..b", ".a", "1.a", "a.b "])
def test_ids_are_family_and_name(id: str) -> None:
    with pytest.raises(TypeError, match=r"must be family\.name in small letters"):
        node(id)
    assert spec_of(node("a1.b_2.c3")(lambda: None)).family == "a1"


def untyped_socket(a, *, b: float = 1.0) -> float: ...  # type: ignore[no-untyped-def,empty-body]
def untyped_param(*, b=1.0) -> float: ...  # type: ignore[no-untyped-def,empty-body]
def star(*a: float) -> float: ...  # type: ignore[empty-body]
def double_star(**a: float) -> float: ...  # type: ignore[empty-body]
def odd_socket(a: dict[str, int]) -> float: ...  # type: ignore[empty-body]
def union_socket(a: Grid | Stencil) -> float: ...  # type: ignore[empty-body]
def odd_output(a: float) -> bytes: ...  # type: ignore[empty-body]
def odd_param(*, a: bytes = b"") -> float: ...  # type: ignore[empty-body]
def union_param(*, a: int | str = 1) -> float: ...  # type: ignore[empty-body]
def bare_path(*, a: Path = Path()) -> float: ...  # type: ignore[empty-body]
def bare_list(*, a: list = []) -> float: ...  # type: ignore[empty-body,type-arg]  # noqa: B006
def list_of_paths(*, a: list[Path] = []) -> float: ...  # type: ignore[empty-body]  # noqa: B006
def nested_bytes(*, a: tuple[tuple[float, bytes], ...] = ()) -> float: ...  # type: ignore[empty-body]
def text_file(*, a: Annotated[str, InputFile()] = "") -> float: ...  # type: ignore[empty-body]


def wide_colour(*, a: Annotated[tuple[float, ...], Color()] = ()) -> float: ...  # type: ignore[empty-body]
def flat_curve(*, a: Annotated[tuple[float, ...], CurvePoints()] = ()) -> float: ...  # type: ignore[empty-body]


class OddPair(NamedTuple):
    """An output of no value type."""

    good: float
    bad: bytes


def list_of_nothing(a: float) -> Sequence[float]: ...  # type: ignore[empty-body]
def lazy_implicit(a: Annotated[float, From(measure), When(lambda p: True)]) -> float: ...  # type: ignore[empty-body]
def partial_single(a: Annotated[float, Partial()]) -> float: ...  # type: ignore[empty-body]
def odd_pair() -> OddPair: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (untyped_socket, "toy.bad: a needs a type"),
        (untyped_param, "toy.bad: b needs a type"),
        (star, r"toy.bad: \*a cannot be a socket; use Sequence for a list"),
        (double_star, r"toy.bad: \*a cannot be a socket"),
        (odd_socket, "toy.bad: a is of type dict.*, which is not a value type"),
        (union_socket, r"toy.bad: a is of type .*Grid \| .*Stencil, which is not a value type"),
        (odd_output, "toy.bad: returns <class 'bytes'>, which is not a value type"),
        (odd_pair, "toy.bad: returns <class 'bytes'>, which is not a value type"),
        (list_of_nothing, "toy.bad: a list it returns must be as long as one that it takes"),
        (lazy_implicit, "toy.bad: a cannot be implicit and lazy at once"),
        (partial_single, "toy.bad: a must be a list of single values to be partial"),
        (odd_param, "toy.bad: a is of type <class 'bytes'>, which is not a parameter type"),
        (union_param, r"toy.bad: a is of type int \| str, which is not a parameter type"),
        (bare_path, "toy.bad: a is of type <class 'pathlib.Path'>, which is not a parameter"),
        (bare_list, "toy.bad: a is of type <class 'list'>, which is not a parameter type"),
        (list_of_paths, "toy.bad: a is a list of <class 'pathlib.Path'>, which is not a parameter"),
        (nested_bytes, "toy.bad: a is a list of <class 'bytes'>, which is not a parameter type"),
        (text_file, "toy.bad: a is a file and must be typed Path"),
        (wide_colour, r"toy.bad: a is a colour and must be typed tuple\[float, float, float\]"),
        (
            flat_curve,
            r"toy.bad: a is a curve and must be typed tuple\[tuple\[float, float\], ",
        ),
    ],
)
def test_what_cannot_be_a_node_is_refused_at_import(
    function: Callable[..., Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        node("toy.bad")(function)
    assert not hasattr(function, "spec")


# --- lazy and partial sockets, groups, resources -------------------------------------------------


@node(
    "toy.demanding",
    workers="process",
    uses="gpu",
    memory=lambda inputs, counts, params: inputs["frames"] * counts["frames"] + params["extra"],
)
def demanding(
    frames: Annotated[Sequence[float], Partial(lambda params: params["skip"])],
    other: Annotated[float, When(lambda params: params["extra"] > 0)] = 3.0,
    *,
    extra: int = 0,
    skip: bool = True,
    files: Annotated[Path, InputFile(("*.fits",), header=lambda path: {"nbytes": 1}), Each()],
    group_by: Annotated[tuple[str, ...], Grouping()] = (),
) -> float:
    """Ask for much."""
    return 0.0


def test_what_a_node_asks_of_the_engine() -> None:
    spec = spec_of(demanding)
    assert (spec.workers, spec.uses, spec.through, spec.lazy) == ("process", "gpu", False, True)
    assert spec.memory is not None
    assert spec.memory({"frames": 10, "other": 8}, {"frames": 3}, {"extra": 5}) == 35
    plain = spec_of(toy_number)
    assert (plain.workers, plain.uses, plain.memory, plain.lazy) == ("thread", "", None, False)


def test_lazy_and_partial_sockets() -> None:
    frames, other = spec_of(demanding).sockets.values()
    assert frames.partial
    assert frames.partial.when
    assert (frames.partial.when({"skip": True}), frames.when) == (True, None)
    assert other.when
    assert (other.when.holds({"extra": 0}), other.when.holds({"extra": 1})) == (False, True)
    assert (other.default, other.optional, other.partial) == (3.0, True, None)


def test_headers_and_groups() -> None:
    params = spec_of(demanding).params
    assert isinstance(params["files"].file, InputFile)
    assert params["files"].file.header
    assert params["files"].file.header(Path()) == {"nbytes": 1}
    assert {name: p.grouping for name, p in params.items()} == {
        "extra": False,
        "skip": False,
        "files": False,
        "group_by": True,
    }


# --- the registry ------------------------------------------------------------------------------


def test_spec_travels_to_other_processes_as_its_function() -> None:
    assert pickle.loads(pickle.dumps(spec_of(measure))) is spec_of(measure)  # noqa: S301
    assert copy.deepcopy(spec_of(measure)) is spec_of(measure)
    registry = Registry([measure, toy_number])
    twin = pickle.loads(pickle.dumps(registry))  # noqa: S301
    assert [spec.id for spec in twin] == [spec.id for spec in registry]


def test_registry_knows_ids_aliases_and_near_names() -> None:
    registry = Registry([story, measure])
    assert registry.get("toy.whole_story") is registry.get("toy.old_story") is SPEC
    assert "toy.old_story" in registry
    assert "toy.other" not in registry
    assert [spec.id for spec in registry] == ["toy.measure", "toy.whole_story"]
    assert len(registry) == 2
    assert registry.near("toy.mesure") == "; did you mean 'toy.measure'?"
    assert registry.near("toy.nunber") == ""
    registry.add(toy_number)
    assert registry.near("toy.nunber") == "; did you mean 'toy.number'?"


def test_registry_refuses_an_id_declared_twice() -> None:
    @node("toy.measure")
    def other() -> float:
        return 1.0

    registry = Registry([measure])
    registry.add(measure)
    with pytest.raises(
        ValueError, match=r"'toy\.measure' is declared twice: in .*toy_nodes and in"
    ):
        registry.add(other)
    assert registry.get("toy.measure") is spec_of(measure)


def test_registry_takes_the_nodes_of_a_module_only() -> None:
    module = types.ModuleType("pack")

    @node("pack.mine")
    def mine() -> float:
        return 1.0

    mine.__module__ = "pack"
    module.mine, module.borrowed, module.other = mine, measure, 3  # type: ignore[attr-defined]
    registry = Registry()
    registry.add_module(module)
    assert [spec.id for spec in registry] == ["pack.mine"]
