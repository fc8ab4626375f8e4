"""One node at work: calling the function, checking what it returns, writing its files aside."""

from __future__ import annotations

import os
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graph.context import Context
from graph.control import Control
from graph.entry import Entry
from graph.errors import Cancelled, LinearLinkError, RemoteError
from graph.keys import FileTable, file_digest
from graph.retries import call_with_retries
from graph.simplify import holds
from graph.spec import REQUIRED, Output
from graph.task import Task
from graph.teller import Teller
from graph.values import Frames, digest, fits, freeze, nbytes, summarize, type_name


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node gave nothing: kept at the node, in words and for developers."""

    error: str
    message: str
    inputs: tuple[str, ...] = ()
    trace: str = ""
    by: str | None = None
    cancelled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Error, message and the inputs in words."""
        return {"error": self.error, "message": self.message, "inputs": list(self.inputs)}


@dataclass(slots=True)
class Attempt:
    """What came of one task: a result, a failure, sources that must be computed again, or which
    of its lazy inputs it leaves unread."""

    entry: Entry | None = None
    values: dict[str, Any] | None = None
    by_digest: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] | None = None  # of a result that was found, what only memory has
    failure: Failure | None = None
    damaged: list[Task] | None = None
    unread: set[str] | None = None
    durable: bool = False  # whether the values can be read back whatever happens to the memory
    seconds: float = 0.0
    retries: int = 0


class RunContext(Context):
    """The context of a node in a run: posts progress, stops when the run is cancelled."""

    def __init__(self, task: Task, teller: Teller, control: Control) -> None:
        self._task = task
        self._teller = teller
        self._control = control
        self._started = time.monotonic()
        self._posted = 0.0
        self.waited = 0.0  # seconds that it halted because the run was paused
        self.warnings: list[str] = []

    def progress(self, fraction: float, text: str = "") -> None:
        """Post progress at most ten times a second, with the time left."""
        self.check()
        now = time.monotonic()
        if now - self._posted < 0.1:
            return
        self._posted = now
        spent = now - self.waited - self._started
        left = spent * (1 - fraction) / fraction if fraction > 0 else None
        data = {"fraction": round(fraction, 4), "text": text, "left": left and round(left, 1)}
        self._teller.tell(self._task, "progress", data)

    def check(self) -> None:
        """Wait while the run is paused; raise Cancelled if it was cancelled."""
        self.waited += self._control.check(self._task.key)

    def warn(self, message: str) -> None:
        """Keep a warning with the result."""
        if message not in self.warnings:
            self.warnings.append(message)


def attempt(
    task: Task,
    inputs: dict[str, Any],
    content: str,
    teller: Teller,
    control: Control,
    check_sources: Callable[[], None],
) -> Attempt:
    """Call the function of a task. Never raises for what the node does wrong.

    check_sources: is called when the node has returned, and raises when what it read is not what
    its key says.
    """
    spec = task.spec
    context = RunContext(task, teller, control) if spec.context else None
    asides: dict[str, Path] = {}
    started, paused = time.perf_counter(), control.paused_seconds()
    try:
        params = {name: value for name, value in task.params.items() if name not in inputs}
        for name, path in task.outputs.items():
            params[name] = asides[name] = _aside(path)
        for name, value in inputs.items():
            socket = spec.sockets.get(name)
            if socket and socket.requires:
                _check_state(name, value, socket.requires)
        args = _arguments(task, inputs)
        if spec.check:
            _check_settings(task, args)
        if spec.workers == "process":
            from graph.processes import call_in_process

            returned, retries = call_in_process(
                spec, {**args, **params}, key=task.key, control=control, context=context
            )
            if context:
                context.waited = control.paused_seconds() - paused
        else:
            if context and spec.context:
                params[spec.context] = context
            called = {**args, **params}
            returned, retries = call_with_retries(
                spec.function, called, spec.retries, lambda time: control.wait(time, task.key)
            )
        values = _outputs(task, returned)
        seconds = time.perf_counter() - started - (context.waited if context else 0.0)
        by_digest: dict[str, Any] = {}
        outputs = {name: _digests(value, by_digest) for name, value in values.items()}
        check_sources()
        written = {name: _digest_file(asides[name], path) for name, path in task.outputs.items()}
        if control.stops(task.key) and asides:
            raise Cancelled("cancelled")
        overwrite = bool(task.params.get("overwrite"))
        for name, path in task.outputs.items():
            _publish(asides[name], path, written[name], overwrite)
    except Cancelled:
        return Attempt(failure=Failure("Cancelled", "cancelled", cancelled=True))
    except KeyboardInterrupt:
        control.cancel()
        return Attempt(failure=Failure("Cancelled", "interrupted", cancelled=True))
    except BaseException as error:
        failure = describe(error, inputs)
        failure = replace(failure, message=_final_names(failure.message, task, asides))
        seconds = time.perf_counter() - started - (context.waited if context else 0.0)
        return Attempt(failure=failure, seconds=seconds)
    finally:
        for aside in asides.values():
            with suppress(OSError):
                aside.unlink(missing_ok=True)
    entry = Entry(
        task.key,
        content,
        spec.id,
        spec.version,
        task.params_text,
        task.inputs_text,
        outputs,
        seconds,
        sum(nbytes(value) for value in by_digest.values()),
        tuple(_final_names(text, task, asides) for text in context.warnings) if context else (),
        written,
    )
    return Attempt(entry, values, by_digest, seconds=seconds, retries=retries)


def _arguments(task: Task, inputs: dict[str, Any]) -> dict[str, Any]:
    """Values for the function's parameters; integers become real where real is due.

    A lazy socket without a default that is not read is None.
    """
    sockets = task.spec.sockets
    result: dict[str, Any] = {}
    fed: dict[str, Any] = {}
    for name, value in inputs.items():
        if name not in sockets:
            fed[name] = value
        elif sockets[name].type is float and isinstance(value, int):
            result[name] = float(value)
        else:
            result[name] = value
    if fed:
        result |= read_settings(task, fed)
    if task.spec.lazy:
        for name, socket in sockets.items():
            if socket.when and name not in result and socket.default is REQUIRED:
                params = {**task.params, **result}
                if not socket.optional and holds(socket.when.holds, params):
                    raise LinearLinkError(f"{name} is asked for and not connected")
                result[name] = None
    return result


def read_settings(task: Task, fed: dict[str, Any]) -> dict[str, Any]:
    """Values of links that feed parameters, checked. Raises LinearLinkError."""
    result = {}
    for name, value in fed.items():
        from graph.parameters import resolve

        parameter = task.spec.params[name]
        try:
            result[name] = resolve(parameter, value)
        except ValueError as error:
            raise LinearLinkError(f"{name} (fed by a link): {error}") from None
    return result


def _check_settings(task: Task, args: dict[str, Any]) -> None:
    """The node's own check of parameters that links feed; the others were checked in the plan."""
    fed = {name: value for name, value in args.items() if name in task.spec.params}
    message = task.spec.check({**task.params, **fed}) if fed and task.spec.check else None
    if message:
        raise LinearLinkError(message)


def _check_state(name: str, value: Any, wanted: str) -> None:
    items = value if isinstance(value, Frames) else [value]
    for item in items:
        state = getattr(item, "state", wanted)
        if state != wanted:
            raise LinearLinkError(
                f"{name} needs a {wanted} image, and this one is {state}: "
                "connect it before the stretch"
            )


def _outputs(task: Task, returned: Any) -> dict[str, Any]:
    """The outputs by name, checked against the declaration, arrays set read-only."""
    declared = task.spec.outputs
    if not declared:
        if returned is not None:
            raise TypeError(f"{task.spec.id} declares no output and returned {type(returned)}")
        return {}
    if task.spec.named_outputs:
        if not isinstance(returned, tuple) or len(returned) != len(declared):
            count = len(returned) if isinstance(returned, tuple) else 1
            raise TypeError(
                f"{task.spec.id} returned {count} value(s), {len(declared)} are due: "
                f"{', '.join(declared)}"
            )
        values = dict(zip(declared, returned, strict=True))
    else:
        values = {next(iter(declared)): returned}
    return {name: _checked(task, declared[name], value) for name, value in values.items()}


def _checked(task: Task, output: Output, value: Any) -> Any:
    if not output.depth:
        return freeze(_item(f"{task.spec.id}.{output.name}", output.type, value))
    due = next((tree for _, tree in task.inputs if isinstance(tree, list)), [])
    return freeze(_items(f"{task.spec.id}.{output.name}", output.type, output.depth, value, due))


def _items(name: str, wanted: Any, depth: int, value: Any, due: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} is a {type_name(type(value))}, a list is due")
    if isinstance(due, list) and len(value) != len(due):
        raise TypeError(f"{name} is a list of {len(value)}, {len(due)} are due")
    if depth == 1:
        return tuple(_item(f"{name}[{i}]", wanted, item) for i, item in enumerate(value))
    below = due if isinstance(due, list) else [None] * len(value)
    return tuple(
        _items(f"{name}[{i}]", wanted, depth - 1, item, below[i]) for i, item in enumerate(value)
    )


def _item(name: str, wanted: Any, value: Any) -> Any:
    given: Any = type(value)
    if given is wanted:
        return value
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(value, numpy.generic):
        value = value.item()
    given = type(value)
    if value is None and wanted is not Any:
        raise TypeError(
            f"{name} is missing: the function returned None, a {type_name(wanted)} is due"
        )
    if not fits(given, wanted):
        raise TypeError(f"{name} is a {type_name(given)}, a {type_name(wanted)} is due")
    return wanted(value) if wanted in (float, int, bool, str) else value


def _digests(value: Any, by_digest: dict[str, Any]) -> Any:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [_digests(item, by_digest) for item in value]
    name = digest(value)
    by_digest[name] = value
    return name


# --- files ---------------------------------------------------------------------------------------


def check_files(task: Task, table: FileTable) -> None:
    """Raise LinearLinkError when a file that a node has read is not the one of the plan."""
    if not task.files:
        return
    names = [name for name, parameter in task.spec.params.items() if parameter.kind == "file"]
    for name, planned in zip(names, task.files, strict=False):
        path = task.params[name]
        if path is not None and file_digest(path, table) != planned:
            raise LinearLinkError(f"the file {path} changed while the graph ran; run again")


def _aside(path: Path) -> Path:
    """A name aside in the same folder, with the same ending; the folder is made."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LinearLinkError(
            f"{path} cannot be written: the folder {path.parent} cannot be made "
            f"({error.strerror or error})"
        ) from error
    return path.with_name(f".{uuid.uuid4().hex}{path.suffix}")


def _final_names(text: str, task: Task, asides: dict[str, Path]) -> str:
    """What a node says of a file it wrote aside, with the name that people know."""
    for name, aside in asides.items():
        text = text.replace(aside.name, task.outputs[name].name)
    return text


def _digest_file(aside: Path, path: Path) -> str:
    if not aside.exists():
        raise FileNotFoundError(f"nothing was written for {path}")
    return file_digest(aside)


def _publish(aside: Path, path: Path, digest: str, overwrite: bool) -> None:
    """Give a written file its final name. A file of the same content may be there."""
    if overwrite:
        os.replace(aside, path)
        return
    try:
        os.link(aside, path)  # fails when the file is there, also if another run was faster
    except FileExistsError:
        if file_digest(path) != digest:
            raise FileExistsError(
                f"{path} exists with other content; switch overwrite on, or choose another name"
            ) from None
    except OSError:  # a disk without hard links
        if path.exists():
            _publish(aside, path, digest, file_digest(path) == digest)
        else:
            os.replace(aside, path)


def describe(error: BaseException, inputs: dict[str, Any]) -> Failure:
    """What went wrong, in words, with the inputs in words."""
    kind = type(error).__name__
    remote = error if isinstance(error, RemoteError) else None
    if remote:
        kind = remote.kind
    if isinstance(error, MemoryError) or kind == "MemoryError":
        kind = "MemoryError"  # libraries have their own kinds of it
        message = "out of memory: run fewer nodes at once (--jobs 1) or use smaller images"
    elif isinstance(error, OSError) and error.filename and not isinstance(error, FileExistsError):
        message = f"{error.strerror or type(error).__name__}: {error.filename}"
    else:
        message = str(error) or type(error).__name__
    described = []
    for name, value in inputs.items():
        try:
            described.append(f"{name}: {summarize(value)}")
        except Exception as fault:  # a value that cannot even be described
            described.append(f"{name}: {type(value).__name__} ({fault})")
    trace = remote.trace if remote else "".join(traceback.format_exception(error))
    return Failure(kind, message, tuple(described), trace)
