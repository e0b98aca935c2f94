"""What stops the embedded stack, in words for the person who started it."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot go on. The message is Russian, complete, and says what to do next."""
