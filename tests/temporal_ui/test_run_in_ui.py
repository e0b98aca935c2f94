"""A curator opens the run in Temporal's own pages and reads it there, without any page of ours."""

from __future__ import annotations
