"""The worker's side of a call in a process of its own: see ``graph/processes.py``."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph.board import Board
from graph.context import Context
from graph.errors import Cancelled, LinearLinkError
from graph.exchange import GoneError, pack, remove, unpack
from graph.retries import call_with_retries

#: exchange folders of the call at work, which go with the worker when its parent is gone
_places: list[Path] = []


def begin(parent: int) -> None:
    """Prepare a worker: interrupts are the parent's to handle, and it ends with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: int) -> None:
    if os.name == "posix":
        while os.getppid() == parent:
            time.sleep(0.5)
    else:
        import psutil

        try:
            process = psutil.Process(parent)
            while process.is_running():
                time.sleep(0.5)
        except psutil.NoSuchProcess:
            pass
    for place in _places:
        remove(place)
    os._exit(1)


class RemoteContext(Context):
    """The context of a node in a worker: what it says is read by the parent from the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._lock = threading.Lock()
        self.warnings: list[str] = []

    def progress(self, fraction: float, text: str = "") -> None:
        """Report progress to the parent; it looks twenty times a second."""
        self.check()
        with self._lock:
            self._board.write(fraction, text)

    def check(self) -> None:
        """Wait while the run is paused; raise Cancelled when the call is to stop."""
        while not self.wait(0.0) and self._board.pause:
            time.sleep(0.02)
        if self._board.stop:
            raise Cancelled("cancelled")

    def wait(self, seconds: float) -> bool:
        """Sleep, but not longer than until the call is to stop; whether it is."""
        end = time.monotonic() + seconds
        while not self._board.stop and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))
        return self._board.stop

    def warn(self, message: str) -> None:
        """Keep a warning; it goes back with the result."""
        if message not in self.warnings:
            self.warnings.append(message)


def serve(request: dict[str, Any]) -> dict[str, Any]:
    """Do what a parent asks for: call a function. Never raises for what the function does.

    Gives ``state`` (done, failed, cancelled, or gone: an array's file is no longer there) and
    what belongs to it.
    """
    places = _places[:] = [Path(place) for place in request["places"]]
    board = Board(places[0])
    board.begun = True
    context = RemoteContext(board)
    try:
        function = _find(request)
        arguments = {n: unpack(v, late=True) for n, v in request["arguments"].items()}
        if request["context"]:
            arguments[request["context"]] = context
        value, retries = call_with_retries(function, arguments, request["retries"], context.wait)
        packed = pack(value, places, by_name=False)
        return {
            "state": "done",
            "value": packed,
            "retries": retries,
            "warnings": context.warnings,
        }
    except Cancelled:
        return {"state": "cancelled"}
    except GoneError as error:
        return {"state": "gone", **_describe(error)}
    except BaseException as error:
        return {"state": "failed", **_describe(error)}
    finally:
        _places.clear()
        board.close()


def _find(request: dict[str, Any]) -> Callable[..., Any]:
    """The function that is asked for. Raises LinearLinkError when it cannot be imported."""
    module, name = request["function"]
    sys.path += [place for place in request["path"] if place not in sys.path]
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        spec = found.spec
    except Exception as error:
        raise LinearLinkError(
            f"{request['id']} runs in a process of its own, which cannot import {name} from "
            f"{module} ({type(error).__name__}: {error}): declare it at the top of a module that "
            "can be imported"
        ) from error
    if (spec.id, spec.version) != (request["id"], request["version"]):
        raise LinearLinkError(
            f"{request['id']} version {request['version']} is now {spec.id} version "
            f"{spec.version} in {module}: start the program again"
        )
    function: Callable[..., Any] = spec.function
    return function


def _describe(error: BaseException) -> dict[str, str]:
    """Kind, message and trace of an error; the trace begins where the function was called."""
    from graph.attempt import describe

    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    failure = describe(error.with_traceback(trace or error.__traceback__), {})
    return {"kind": failure.error, "message": failure.message, "trace": failure.trace}
