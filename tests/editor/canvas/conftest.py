"""A hand over a chain of three nodes, for the tests of gestures."""

from __future__ import annotations

import pytest

from tests.editor.hand import Hand, chain


@pytest.fixture
def hand() -> Hand:
    """Load, sky and view, far enough apart that nothing overlaps."""
    return Hand(chain())
