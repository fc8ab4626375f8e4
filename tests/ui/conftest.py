"""Commands and drawings, without a window."""

from tests.command_line import linearlink, packs, small, small_masters, start

__all__ = ["linearlink", "packs", "small", "small_masters", "start"]
