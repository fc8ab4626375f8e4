"""What a process and its worker tell each other while a call lasts."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_SIZE = 1024
_TEXT_BYTES = 512
_NUMBER = struct.Struct("<Q")
_NUMBER_AT = 8
_REPORT = struct.Struct(f"<dH{_TEXT_BYTES}s")
_REPORT_AT = 16


class _Flag:
    """A byte of the board that is on or off."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __get__(self, board: Board, owner: type[Board]) -> bool:
        return board.memory[self._place] != 0

    def __set__(self, board: Board, value: bool) -> None:
        board.memory[self._place] = int(value)


class Board:
    """A mapped file of some bytes: what is asked of the worker, and how far it has come.

    stop, pause: the worker is asked to end its call, or to wait. begun: it is at the call.
    """

    stop = _Flag(0)
    pause = _Flag(1)
    begun = _Flag(2)

    def __init__(self, folder: Path, *, new: bool = False) -> None:
        with (folder / "board").open("w+b" if new else "r+b") as file:
            if new:
                file.truncate(_SIZE)
            self.memory = mmap.mmap(file.fileno(), _SIZE)

    def close(self) -> None:
        """Let go of the file."""
        self.memory.close()

    def write(self, fraction: float, text: str) -> None:
        """Report progress; one thread at a time."""
        content = text.encode()[:_TEXT_BYTES]
        number = self._number()
        _NUMBER.pack_into(self.memory, _NUMBER_AT, number + 1)  # odd: half written
        _REPORT.pack_into(self.memory, _REPORT_AT, fraction, len(content), content)
        _NUMBER.pack_into(self.memory, _NUMBER_AT, number + 2)

    def read(self, last: int) -> tuple[int, float, str] | None:
        """Number, fraction and text of a whole report that is not the one of that number."""
        number = self._number()
        if number == last or number % 2:
            return None
        fraction, length, content = _REPORT.unpack_from(self.memory, _REPORT_AT)
        if self._number() != number:
            return None
        return number, fraction, content[:length].decode(errors="ignore")

    def _number(self) -> int:
        number: int = _NUMBER.unpack_from(self.memory, _NUMBER_AT)[0]
        return number
