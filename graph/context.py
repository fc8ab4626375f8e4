"""The one door through which a node at work sees the engine."""

from __future__ import annotations


class Context:
    """Progress, cancelling and warnings of one node at work.

    This base class does nothing, so that a node called from a notebook or a test needs no
    engine: ``ctx: Context = Context()`` is the usual default. The engine passes its own.
    """

    def progress(self, fraction: float, text: str = "") -> None:
        """Report that ``fraction`` (0 to 1) of the work is done. Raises Cancelled if asked to stop.

        Calling it often is the whole duty of a node that takes long.
        """

    def check(self) -> None:
        """Raise Cancelled if the run was cancelled. Cheap: call it between bands of rows."""

    def warn(self, message: str) -> None:
        """Attach a warning to the result. It is stored, and shown again on every cache hit."""


#: For calls outside a run.
SILENT = Context()
