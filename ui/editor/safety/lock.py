"""A file that one running program holds, and that is free however that program ends."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class Lock:
    """A lock that this program holds, until it is released or the program ends."""

    def __init__(self, number: int) -> None:
        self._number = number

    @classmethod
    def take(cls, path: Path, wanted: bool = True) -> Lock | None:
        """The lock on a file, or None when a running program holds it.

        wanted: the file is made where there is none, and says which program holds it. Where the
        file system knows no locks, that is what decides. Raises OSError when the file cannot be
        made; of a lock that is not wanted for oneself None is returned instead.
        """
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            if wanted:
                raise
            return None
        try:
            _lock(number)
        except OSError as error:
            if error.errno in _TAKEN or (not wanted and _is_running(number)):
                os.close(number)
                return None
        if wanted:
            os.ftruncate(number, 0)
            os.write(number, str(os.getpid()).encode())
        return cls(number)

    def release(self) -> None:
        """Give it back."""
        os.close(self._number)


def _lock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(number, 1 << 20, os.SEEK_SET)  # beyond what is written
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        os.lseek(number, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_running(number: int) -> bool:
    import psutil

    os.lseek(number, 0, os.SEEK_SET)
    text = os.read(number, 32)
    return text.isdigit() and psutil.pid_exists(int(text))
