"""Python's garbage collector, in processes that stay: it looks at what requests and runs leave, not at what was loaded."""

from __future__ import annotations

import gc

_THRESHOLDS = 10_000, 10, 5
"""After so many new objects it looks at them. A request makes thousands and keeps none; Python's own number is 700.

Half a million of those that stayed, and it looks at all: runs that ended would fill the memory otherwise.
"""


def spare_what_is_loaded() -> None:
    """Modules, routes and tables are never looked at again: each look at everything held the process for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
