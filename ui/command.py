"""The command ``linearlink``. Parsing imports nothing heavy; each command does when it runs."""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import sys

from graph.errors import GraphError, LinearLinkError, RefusedError
from ui.commands import check, doctor, edit, night, nodes, plan, run, show, store
from ui.units import one_line

FAILED, WRONG, REFUSED, INTERRUPTED = 1, 2, 3, 130


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    import linearlink

    parser = argparse.ArgumentParser(
        prog="linearlink",
        description="Dataflow graphs for deep-sky astrophotography.",
        epilog="Exit codes: 0 done; 1 a node failed; 2 wrong use or invalid graph; "
        "3 refused for safety; 130 interrupted.",
    )
    parser.add_argument(
        "--version", action="version", version=f"linearlink {linearlink.__version__}"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (run, edit, plan, check, night, nodes, show, store, doctor):
        module.add(commands)
    for command in commands.choices.values():
        command.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
        )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. Mistakes are told in a sentence, without a traceback."""
    own = arguments is None  # else somebody else's process, whose signals are left alone
    if own:
        _open_streams()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr does, on any terminal
    gc.set_threshold(50_000, 20, 20)  # graphs of many nodes are no garbage, but long to look at
    code = _run(arguments)
    if own and code == INTERRUPTED:  # what is left to do is short: a second one shall not spoil it
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    return code


def _open_streams() -> None:
    """Where output or errors are closed, nothing else may take their place and be written into."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_WRONLY)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, "w"))


def _run(arguments: list[str] | None) -> int:
    debug = False
    try:
        parsed = build_parser().parse_args(arguments)
        debug = parsed.debug
        return int(parsed.do(parsed))
    except SystemExit as stop:
        return int(stop.code or 0)
    except BrokenPipeError:  # whoever read us has gone: nothing to tell, nobody to tell it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            import traceback

            traceback.print_exc()
        code, message = _judge(error)
    for line in message.splitlines():
        print(f"linearlink: {one_line(line)}", file=sys.stderr)
    return code


def _judge(error: BaseException) -> tuple[int, str]:
    """The exit code of an error, and what a person is told of it."""
    match error:
        case RefusedError():
            return REFUSED, str(error)
        case GraphError():
            return WRONG, str(error)
        case LinearLinkError():
            return FAILED, str(error)
        case OSError(filename=name, strerror=text):
            return WRONG, ": ".join(str(part) for part in (name, text) if part) or str(error)
        case UnicodeEncodeError(object=name):
            return WRONG, f"{name!r} is not UTF-8: rename the file or folder"
        case KeyboardInterrupt():
            return INTERRUPTED, str(error) or "interrupted"
    kind = type(error).__name__  # ours to repair; a person should still get a sentence
    return FAILED, f"a mistake in LinearLink ({kind}: {error}); --debug shows where"
