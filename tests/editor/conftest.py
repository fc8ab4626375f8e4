"""The editor without a screen; commands as the tests of the command line call them."""

from tests.command_line import linearlink

__all__ = ["linearlink"]
