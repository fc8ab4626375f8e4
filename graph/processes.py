"""Calling the function of a node in a process of its own.

Every worker is a loky executor with one process, so that one that dies takes nobody else's work
along. Idle ones are used again, end after a while, and end with this process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any

from graph.board import Board
from graph.context import Context
from graph.control import Control
from graph.errors import Cancelled, RemoteError, WorkerDiedError
from graph.exchange import open_exchange, pack, remove_open, remove_stale, unpack
from graph.remote import begin, serve
from graph.spec import NodeSpec

#: how long a worker that was asked to stop may take
GRACE_SECONDS = 1.0
#: how often the parent looks at the board
LOOK_SECONDS = 0.05
#: how long a worker waits for work before it ends
IDLE_SECONDS = 60.0

#: a worker counts as one of the threads of a run: one processor for its bands, one thread for each
#: library that has its own
ENVIRONMENT = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
    ),
    "1",
)

_lock = threading.Lock()
_idle: list[Any] = []
_busy: set[Any] = set()


def call_in_process(
    spec: NodeSpec,
    arguments: dict[str, Any],
    *,
    key: str,
    control: Control,
    context: Context | None,
) -> tuple[Any, int]:
    """What the function returns, called in a worker process, and how often it had to be repeated.

    arguments: values, scalars, paths, tuples, frames or None, by name. Arrays in the result are
    read-only. context: told of progress and warnings, None when the function takes no context.
    A call that does not listen when it is to stop is ended with its process a second later.
    Raises RemoteError, WorkerDiedError, Cancelled, TypeError for an argument that is no value.
    """
    answer = _exchange(spec, arguments, key, control, context, by_name=True)
    if answer["state"] == "gone":  # another process has just trimmed the store
        answer = _exchange(spec, arguments, key, control, context, by_name=False)
    match answer["state"]:
        case "cancelled":
            raise Cancelled("cancelled")
        case "failed" | "gone":
            raise RemoteError(answer["kind"], answer["message"], answer["trace"])
    if context:
        for message in answer["warnings"]:
            context.warn(message)
    return answer["value"], answer["retries"]


def _exchange(
    spec: NodeSpec,
    arguments: dict[str, Any],
    key: str,
    control: Control,
    context: Context | None,
    by_name: bool,
) -> dict[str, Any]:
    """One call with folders of its own; the answer, its value unpacked."""
    with open_exchange() as places:
        request = request_of(spec, arguments, places, key, control, by_name)
        if context is None:
            request["context"] = None
        board = Board(places[0], new=True)
        try:
            answer = _ask(request, board, key, control, context)
        finally:
            board.close()
        if answer["state"] == "done":
            answer["value"] = unpack(answer["value"])
        return answer


def request_of(
    spec: NodeSpec,
    arguments: dict[str, Any],
    places: tuple[Path, ...],
    key: str,
    control: Control,
    by_name: bool = True,
) -> dict[str, Any]:
    """What a worker is sent: plain data only. Raises Cancelled, TypeError or OSError."""
    packed = {}
    for name, value in arguments.items():
        control.check(key)
        packed[name] = pack(value, places, by_name=by_name, check=lambda: control.check(key))
    return {
        "id": spec.id,
        "version": spec.version,
        "function": (spec.function.__module__, spec.function.__qualname__),
        "path": list(sys.path),
        "arguments": packed,
        "context": spec.context,
        "retries": spec.retries,
        "places": [str(place) for place in places],
    }


def _ask(
    request: dict[str, Any], board: Board, key: str, control: Control, context: Context | None
) -> dict[str, Any]:
    """Have a worker serve a request; its answer."""
    from joblib.externals.loky.process_executor import BrokenProcessPool, ShutdownExecutorError

    tries = 3  # an idle worker may have died before it got the request
    while True:
        tries -= 1
        worker = _take()
        process = None
        try:
            future = worker.submit(serve, request)
            _end_at_exit()
            process = next(iter(worker._processes.values()), None)
            _watch(future, board, key, control, context)
            answer: dict[str, Any] = future.result()
        except (BrokenProcessPool, ShutdownExecutorError) as error:
            _end(worker)
            if control.stops(key):
                raise Cancelled("cancelled") from error
            if board.begun or not tries:
                raise WorkerDiedError(_cause(request["id"], process)) from error
        except BaseException:
            _end(worker)
            raise
        else:
            _give_back(worker)
            return answer


def _watch(
    future: Future[Any], board: Board, key: str, control: Control, context: Context | None
) -> None:
    """Wait for an answer; pass on what is asked for, and progress. Raises Cancelled, too late."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    report = 0
    asked: float | None = None
    while not done.wait(LOOK_SECONDS):
        if asked is not None and time.monotonic() - asked > GRACE_SECONDS:
            raise Cancelled("cancelled")
        if asked is None and control.stops(key):
            board.stop = True
            asked = time.monotonic()
        board.pause = control.paused and asked is None
        if context and asked is None and not board.pause:
            report = _relay(board, report, context)
    if context and asked is None and not control.paused:
        _relay(board, report, context)


def _relay(board: Board, last: int, context: Context) -> int:
    """Tell the context of progress that is new; the number of the last report."""
    found = board.read(last)
    if not found:
        return last
    number, fraction, text = found
    try:
        context.progress(fraction, text)
    except Cancelled:  # the worker is told so in its turn
        pass
    return number


def _cause(id: str, process: Any) -> str:
    """Why a worker died, as well as it is known."""
    code = None
    if process is not None:
        process.join(1)
        code = process.exitcode
    if code is None:
        return f"the worker process of {id} ended unexpectedly"
    if code >= 0:
        return f"the worker process of {id} ended itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "of no known name"
    reasons = {
        "SIGKILL": "was killed, perhaps because memory ran out: "
        "run fewer nodes at once (--jobs 1) or use smaller images",
        "SIGSEGV": "crashed in compiled code: a library that the node calls is at fault",
        "SIGBUS": "crashed on a file in memory: a disk or shared memory is full, or a file was cut",
        "SIGABRT": "was aborted by a library that the node calls",
    }
    reason = reasons.get(name, "was ended by a signal")
    return f"the worker process of {id} {reason} (signal {-code}, {name})"


# --- workers -------------------------------------------------------------------------------------


def _take() -> Any:
    """A worker that nobody uses; a new one when there is none."""
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    with _lock:
        if _idle:
            worker = _idle.pop()
        else:
            _prepare()
            worker = ProcessPoolExecutor(
                1,
                timeout=IDLE_SECONDS,
                initializer=begin,
                initargs=(os.getpid(),),
                env=ENVIRONMENT,
            )
        _busy.add(worker)
    return worker


def _give_back(worker: Any) -> None:
    with _lock:
        _busy.discard(worker)
        _idle.append(worker)


def _end(worker: Any) -> None:
    """End a worker by force; it is gone when this returns."""
    _kill(worker)
    with _lock:
        _busy.discard(worker)


@cache
def _prepare() -> None:
    """Before the first worker is made."""
    # one that ends just when it is given work is replaced; nobody needs to know
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given")
    remove_stale()


@cache
def _end_at_exit() -> None:
    """After the first worker has begun: loky's own end, of which this goes first, is known then.

    It would wait for nodes that never return.
    """
    threading._register_atexit(end_workers)  # type: ignore[attr-defined]


def end_workers() -> None:
    """End all workers by force, and remove what was under way to them and from them."""
    with _lock:
        workers = [*_idle, *_busy]
        _idle.clear()
        _busy.clear()
    for worker in workers:
        _kill(worker)
    remove_open()


def _kill(worker: Any) -> None:
    thread = worker._executor_manager_thread
    # loky's thread fails when it is told to kill before it has passed the work on
    while thread and thread.is_alive() and not worker._work_ids.empty():
        time.sleep(0.002)
    worker.shutdown(wait=True, kill_workers=True)
