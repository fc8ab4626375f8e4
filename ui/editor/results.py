"""Results for the viewers of one document: planned and run after every change that matters."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graph.errors import GraphError
from graph.events import Event
from graph.live import Live
from graph.model import Graph
from graph.plan import Plan, default_targets
from graph.result import Result
from graph.store import Store
from ui.editor.log import Level
from ui.editor.outcome import add_hidden, read_outcome, read_thumbnails
from ui.editor.picture import Picture, Want
from ui.editor.states import States
from ui.editor.survey import Surveyor

#: so many pictures are held, also of what no viewer shows any more
PICTURES = 8


class Results:
    """What a document's viewers show, and what stands at its nodes.

    All methods are called on the main thread; the work goes on elsewhere and comes back by
    ``drain``. A change that cannot alter a result (a place, a title) starts nothing, and neither
    does it to come back to a document.

    states: at each node. pictures: what was made for each want. errors: why there is no picture.
    thumbnails: by node, the key of its value and float32 RGBA. say: is called with a level and
    what to tell the user. traces: of nodes that failed, for developers. auto: whether changes run
    by themselves. allowed: whether anything may be read at all. revision: rises when a picture,
    error or thumbnail is another.
    """

    def __init__(
        self, store: Store, *, workers: int | None = None, memory: int | None = None
    ) -> None:
        self.states = States()
        self.pictures: dict[Want, Picture] = {}
        self.errors: dict[Want, str] = {}
        self.thumbnails: dict[str, Any] = {}
        self.traces: dict[str, str] = {}
        self.auto = True
        self.allowed = True
        self.paused = False
        self.revision = 0
        self.say: Callable[[Level, str], None] = lambda level, text: None
        self._store = store
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        limits: dict[str, Any] = {"workers": workers, "memory": memory}
        self._live = Live(
            store, post=self._post, done=lambda r: self._send(self._take_outcome, r), **limits
        )
        self._batch = Live(
            store, post=self._post, done=lambda r: self._send(self._take_batch, r), **limits
        )
        self._surveyor = Surveyor(store, lambda *told: self._send(self._take_survey, *told))
        self._seen: tuple[Any, ...] | None = None
        self._asked: tuple[Graph, Path, str] | None = None
        self._wants: tuple[Want, ...] = ()
        self._trouble = ""  # why the graph could not be planned last time
        self._stopping = False  # the user wants nothing to run, and something does still
        self._ran = False  # something has run of which states may tell as if it did still
        self._keys: dict[str, str] = {}  # by node, of its value in the run that was told last
        self._numbers: dict[Want, int] = {}  # one for each want ever, for the ids of hidden nodes

    # --- asked for by the window -----------------------------------------------------------------

    def update(self, graph: Graph, folder: Path, wants: list[Want], scope: str = "") -> None:
        """Make what the viewers want of this graph, where anything of it has changed."""
        wanted = tuple(dict.fromkeys(wants))
        asked = graph, folder, scope
        if (
            self._asked
            and self._asked[0] is graph
            and self._asked[1:] == asked[1:]
            and wanted == self._wants
        ):
            return
        work = (_work_of(graph), graph.links, folder)
        if self._seen == work and wanted == self._wants:
            self._asked = asked
            return
        changed = self._seen != work
        for want in wanted:
            self._numbers.setdefault(want, len(self._numbers))
        self._seen, self._wants, self._asked = work, wanted, asked
        if not self.allowed:
            return
        if changed:
            # what no viewer shows is not made again, so it would be old when one does
            self.pictures = {w: found for w, found in self.pictures.items() if w in wanted}
            self._survey()
        if self.auto:
            self._show()

    def refresh(self) -> None:
        """Look again at everything, as after files have changed or consent was given."""
        if self._asked and self.allowed:
            self._survey()
            if self.auto:
                self._show()

    def show_now(self) -> None:
        """Make what the viewers want although nothing runs by itself."""
        if self._asked and self.allowed:
            self._show()

    def run(self, targets: list[str] | None = None) -> None:
        """Run to these nodes, or all sinks and viewers; later changes of the graph do not stop it.

        Raises GraphError when there is nothing to run.
        """
        if not self._asked:
            return
        if not self.allowed:
            raise GraphError("this graph uses files outside its folder; allow that first")
        graph, folder, scope = self._asked
        if targets is None and not default_targets(graph):
            raise GraphError("nothing to run: the graph has no sink and no viewer; add one")
        self._ran = True
        self._batch.change(graph, targets=targets, folder=folder, scope=scope)

    def stop(self) -> None:
        """Stop what runs."""
        for live in (self._live, self._batch):
            live.cancel()
        self.states.end_run()
        self._ran = self._stopping = True

    def limit(self, *, workers: int | None, memory: int | None) -> None:
        """Let runs from now on have so many nodes at once, and so many bytes."""
        for live in (self._live, self._batch):
            live.limit(workers=workers, memory=memory)

    def pause(self, paused: bool) -> None:
        """Halt the runs, or let them go on."""
        self.paused = paused
        for live in (self._live, self._batch):
            if paused:
                live.pause()
            else:
                live.resume()

    @property
    def busy(self) -> bool:
        """Whether something runs, was asked for, or has come and waits to be taken in."""
        # in this order: what ends has put its outcome into the inbox before
        return self.running or self._surveyor.busy or not self._inbox.empty() or self._stopping

    @property
    def running(self) -> bool:
        """Whether a run asked for by the user or a viewer is on."""
        return self._live.busy or self._batch.busy

    def drain(self, seconds: float = 0.004) -> None:
        """Take in what the engine has told, for so long at most."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            try:
                take = self._inbox.get_nowait()
            except queue.Empty:
                break
            take()
        if self._ran and not self.running and self._inbox.empty():
            # of what was cut off some was never begun, and the rest has told by now that it ended
            self._ran = False
            self.states.end_run()
            if self._stopping:
                self._stopping = False
                self._survey()

    def close(self) -> None:
        """Stop everything for good."""
        for live in (self._live, self._batch):
            live.close()
        self._surveyor.close()

    def wait(self, seconds: float = 5.0) -> bool:
        """Wait until nothing is at work any more; for the end of the program."""
        return self._live.wait(seconds) and self._batch.wait(seconds)

    # --- inside, on the main thread --------------------------------------------------------------

    def _survey(self) -> None:
        if self._asked and self.allowed:
            graph, folder, scope = self._asked
            self._surveyor.look(graph, folder, scope)

    def _show(self) -> None:
        assert self._asked
        graph, folder, scope = self._asked
        numbers = {want: self._numbers[want] for want in self._wants if want.node in graph.nodes}
        made, made_of = add_hidden(graph, numbers)
        for want in self._wants:
            if want not in made_of:  # what it was before is not what it is now
                self.pictures.pop(want, None)
                self.errors.pop(want, None)
        targets = [target for each in made_of.values() for target in each]
        if not targets:
            self._live.cancel()
            return
        self._ran = True
        self._live.change(made, targets=targets, folder=folder, scope=scope)

    def _take_survey(self, made: Plan | GraphError, graph: Graph) -> None:
        if isinstance(made, GraphError):
            if str(made) != self._trouble:
                self.say("warning", str(made))
            self._trouble = str(made)
            return
        self._trouble = ""
        missing = {id for id in graph.nodes if graph.spec(id) is None}
        self.states.take_plan(made.nodes, missing)

    def _take_event(self, event: Event) -> None:
        self.states.take_event(event)

    def _take_batch(self, outcome: Any) -> None:
        error = outcome if isinstance(outcome, GraphError) else None
        if error:
            self.say("error", str(error))
        elif outcome.failed:
            first, more = outcome.failed[0], len(outcome.failed) - 1
            also = f" (and {more} more)" if more else ""
            self.say("error", f"{first} failed{also}: {self.states[first].text}")
        else:
            written = sum(map(len, outcome.outputs.values()))
            files = f", {written} file{'s' * (written != 1)} written" if written else ""
            took = f"Run done in {outcome.seconds:.1f} s"
            self.say("info", f"{took}: {len(outcome.executed)} of {outcome.total} nodes ran{files}")
        if not error:
            self.traces |= outcome.traces
            self._keys |= outcome.keys
            self.revision += 1
        if not self._live.busy:  # else its nodes go on waiting for their turn
            self.states.end_run()
        self._survey()
        if not error and not outcome.failed:  # else what failed would be tried once more
            self.show_now()

    def _take_outcome(self, outcome: Any) -> None:
        self.revision += 1
        if not self._batch.busy:  # else its nodes go on waiting for their turn
            self.states.end_run()
        if isinstance(outcome, GraphError):
            self.errors |= dict.fromkeys(self._wants, str(outcome))
            self._survey()
            return
        found, errors = outcome.pictures, outcome.errors
        for want in (*found, *errors):
            self.pictures.pop(want, None)
            self.errors.pop(want, None)
        self.pictures |= found
        self.errors |= errors
        self.traces |= outcome.traces
        self._keys |= outcome.keys
        for want in list(self.pictures):
            if want not in self._wants and len(self.pictures) > PICTURES:
                del self.pictures[want]
        self._survey()

    def _take_thumbnails(self, found: dict[str, tuple[str, Any]]) -> None:
        # reading them takes its time: by now another run may have told of other values
        now = {id: made for id, made in found.items() if self._keys.get(id) == made[0]}
        if now:
            self.thumbnails |= now
            self.revision += 1

    # --- on other threads ------------------------------------------------------------------------

    def _send(self, take: Callable[..., None], told: Any, *more: Any) -> None:
        if isinstance(told, Result):
            shown = {} if take == self._take_batch else {w: self._numbers[w] for w in self._wants}
            outcome = read_outcome(told, shown)
            self._inbox.put(lambda: take(outcome))
            thumbnails = read_thumbnails(told, self.thumbnails)  # after what is waited for
            self._inbox.put(lambda: self._take_thumbnails(thumbnails))
            return
        self._inbox.put(lambda: take(told, *more))

    def _post(self, event: Event) -> None:
        self._inbox.put(lambda: self._take_event(event))


def _work_of(graph: Graph) -> dict[str, tuple[Any, ...]]:
    """What of the nodes can alter a result; titles and places cannot."""
    return {id: (n.type, n.params, n.version, n.mode, n.keep) for id, n in graph.nodes.items()}
