"""Python's garbage collector, in processes that stay: it looks at what requests and runs leave, not at what was loaded."""

from __future__ import annotations

import gc

_YOUNG = 10_000
"""After so many new objects it looks at them. A request makes thousands and keeps none; Python's own number is 700."""


def spare_what_is_loaded() -> None:
    """Modules, routes and tables are never looked at again: each look at everything held the process for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
