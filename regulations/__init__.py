"""What the acts say, as data: one TOML an act and revision, read once into the record and from there on judged by.

Nothing here knows a clock, a table or a network.
"""

from regulations.orders import categories_annex, roles_annex
from regulations.reading import RegulationError, parse
from regulations.shipped import body_hash, body_json, shipped, shipped_orders
from regulations.structures import structure_annex, structure_body

__all__ = [
    "RegulationError",
    "body_hash",
    "body_json",
    "categories_annex",
    "parse",
    "roles_annex",
    "shipped",
    "shipped_orders",
    "structure_annex",
    "structure_body",
]
