"""Values that pass between processes come over whole, and large arrays by memory map."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph import exchange, processes
from graph.control import Control
from graph.exchange import open_exchange
from graph.values import Frames, digest, freeze
from tests.graph import toy_processes as toy
from tests.graph.toy_processes import Listener, call
from tests.graph.toy_values import Grid


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Folders of its own for what a test exchanges; nothing may be left in them."""
    yield from toy.own_roots(tmp_path, monkeypatch)


def test_p06_a_large_array_travels_by_memory_map(roots: list[Path]) -> None:
    data = np.arange(100_000_000 // 8, dtype=np.float64)
    file, mode = call(toy.mapped, grid=Grid(data)).split()
    assert Path(file).parent.parent == roots[0]
    assert mode == "r"
    with open_exchange() as places:
        arguments = {"grid": Grid(data)}
        request = processes.request_of(toy.mapped.spec, arguments, places, "key", Control())
        assert len(pickle.dumps(request)) < 20_000


def test_p06_a_stored_array_travels_by_the_name_of_its_file(
    tmp_path: Path, roots: list[Path]
) -> None:
    file = tmp_path / "stored.npy"
    np.save(file, np.arange(400_000.0).reshape(400, 1000))
    whole = np.load(file, mmap_mode="r")
    for data in (whole, whole[3:300, ::2], np.asarray(whole)[5:].T):
        with open_exchange() as places:
            request = processes.request_of(
                toy.mapped.spec, {"grid": Grid(data)}, places, "key", Control()
            )
            assert sum(f.stat().st_size for place in places for f in place.iterdir()) == 0
            array = exchange.unpack(request["arguments"]["grid"])
            np.testing.assert_array_equal(array.data, data)
            assert array.data.strides == data.strides
        assert call(toy.mapped, grid=Grid(data)) == f"{file} r"


def test_a_map_that_may_differ_from_its_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "stored.npy"
    np.save(file, np.zeros(400_000))
    data = np.load(file, mmap_mode="c")
    data[:] = 5.0
    assert call(toy.echo, value=Grid(data)).data.max() == 5.0
    gone = np.load(file, mmap_mode="r")
    file.unlink()
    with open_exchange() as places:
        assert str(file) not in str(exchange.pack(Grid(gone), places))


@pytest.mark.parametrize("kind", ["value", "frames"])
def test_a_file_that_goes_on_the_way_is_sent_again(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "stored.npy"
    np.save(file, np.ones(400_000))
    data = np.load(file, mmap_mode="r")
    ask = processes._ask

    def trim(*args: Any) -> Any:
        file.unlink(missing_ok=True)
        return ask(*args)

    monkeypatch.setattr(processes, "_ask", trim)
    if kind == "value":
        result = call(toy.echo, value=Grid(data))
    else:
        result = call(toy.average, frames=Frames([Grid(data)] * 2))
    assert result.data.sum() == 400_000


def _values() -> dict[str, Any]:
    generator = np.random.default_rng(1)
    large = generator.normal(size=(40, 80, 60))
    nan = np.array([0x7FF8000000000001, 0xFFF8000000000123, 0], np.uint64).view(np.float64)
    mixed = np.dtype([("x", "<f4"), ("name", "U5"), ("pair", ">i2", (2,))])
    padded = np.dtype({"names": ["a", "b"], "formats": ["u1", "<f8"], "offsets": [0, 8]})
    structured = np.zeros(5, mixed)
    structured["name"], structured["x"] = "star", np.nan
    grid = Grid(large)
    return {
        "nothing": None,
        "integer": 2**70,
        "real": float("nan"),
        "endless": float("-inf"),
        "text": "Grüße\n\0",
        "switch": True,
        "array": large,
        "nan": nan,
        "empty": np.zeros((0, 3), np.uint16),
        "point": np.array(3.5),
        "fortran": np.asfortranarray(large),
        "axes": large.transpose(1, 2, 0),
        "strided": large[::2, :, ::-3],
        "spread": np.broadcast_to(np.arange(5.0), (4, 5)),
        "big endian": large.astype(">f4"),
        "structured": structured,
        "many structured": np.resize(structured, 60_000),
        "padded": np.ones(3, padded),
        "time": np.array(["2024-01-01"], "datetime64[ns]"),
        "complex": large.astype(complex),
        "logical": large > 0,
        "list": [1, [2.0, "x"], (3,)],
        "tuple": (grid, (grid, None), ()),
        "dictionary": {"a": [1, 2], "b": {"c": (True,)}, "d": large},
        "value": grid,
        "bundle": toy.Bundle(grid, (1, (large, "x")), {"k": (nan, {"z": 1})}, float("inf")),
        "frames": Frames([grid, Grid(nan), 5.0]),
        "nested frames": Frames([Frames([grid]), Frames([])]),
    }


@pytest.mark.parametrize("name", _values())
def test_every_value_comes_back_the_same(name: str) -> None:
    value = freeze(_values()[name])
    _same(call(toy.echo, value=value), value)


def _same(given: Any, due: Any) -> None:
    assert type(given) is type(due)
    if isinstance(due, np.ndarray):
        assert (given.dtype, given.shape) == (due.dtype, due.shape)
        assert given.tobytes() == due.tobytes()
        assert not given.flags.writeable
        assert given.strides == np.empty_like(due, order="K").strides
    elif isinstance(due, list | tuple | Frames):
        assert len(given) == len(due)
        for a, b in zip(given, due, strict=True):
            _same(a, b)
    elif isinstance(due, dict):
        assert list(given) == list(due)
        for key in due:
            _same(given[key], due[key])
    else:
        assert repr(given) == repr(due) if isinstance(due, float) else digest(given) == digest(due)


def test_the_function_gets_what_it_would_get_here(tmp_path: Path) -> None:
    value = (1, [2.0, Frames(["x", None])], {"a": ()})
    due = toy.describe(value, path=tmp_path)
    assert call(toy.describe, value=value, path=tmp_path) == due


def test_frames_are_read_one_at_a_time_and_mapped(tmp_path: Path) -> None:
    disk_frames, held, most = [], 0, 0
    for number in range(4):
        np.save(tmp_path / f"{number}.npy", np.full((400, 500), float(number)))
        disk_frames.append(tmp_path / f"{number}.npy")

    class Counted(Grid):
        def __del__(self) -> None:
            nonlocal held
            held -= 1

    def load(file: Path) -> Grid:
        nonlocal held, most
        held += 1
        most = max(most, held)
        return Grid(Counted(np.load(file, mmap_mode="r")).data)

    listener = Listener()
    result = call(toy.average, frames=Frames(disk_frames, load), context=listener)
    assert (result.data == 1.5).all()
    assert listener.warnings == ["Frames 4 True"]
    assert most == 1


def test_a_large_result_is_mapped_and_outlives_its_file() -> None:
    result = call(toy.fill, value=2.5, size=1000)
    assert toy.mapped_file(result.data)
    assert (result.data == 2.5).all()
    again = call(toy.echo, value=result)  # its file is gone: it must be written again
    assert (again.data == 2.5).all()


def test_where_shared_memory_is_short_the_disk_is_used(
    roots: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_room", lambda place: 1000)
    file, _ = call(toy.mapped, grid=Grid(np.zeros(200_000))).split()
    assert Path(file).parent.parent == roots[1]
