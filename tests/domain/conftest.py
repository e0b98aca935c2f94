"""How Hypothesis searches here: the same bounded examples in every run, more and other ones when asked.

`HYPOTHESIS_PROFILE=search make test PYTEST_ARGS=tests/domain` looks further, with chance.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, max_examples=80, deadline=None, database=None)
settings.register_profile("search", max_examples=3000, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
