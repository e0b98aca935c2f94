"""What every test shares."""

from __future__ import annotations

pytest_plugins = ["tests.requirement_plugin"]
