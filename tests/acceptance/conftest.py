"""Graphs run through the command line."""

from tests.command_line import linearlink, packs, small, small_masters, start

__all__ = ["linearlink", "packs", "small", "small_masters", "start"]
