"""One thread at a time may parse Python text: formulas, and the headers of ``.npy`` files.

CPython 3.11 counts the depth of its syntax trees for all threads together, so that two that parse
at once now and then fail with ``SystemError: AST constructor recursion depth mismatch``.
"""

from __future__ import annotations

import threading

#: held while a text is parsed
parsing = threading.Lock()
