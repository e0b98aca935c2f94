"""What the acts say, as data: one TOML an act and revision, read once into the record and from there on judged by.

Nothing here knows a clock, a table or a network.
"""

from regulations.reading import RegulationError, parse
from regulations.shipped import body_hash, body_json, shipped

__all__ = ["RegulationError", "body_hash", "body_json", "parse", "shipped"]
