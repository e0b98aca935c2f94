"""One running product for the tests of a module, as in tests/api."""

from tests.api.conftest import anyio_backend, running, shared_database

__all__ = ["anyio_backend", "running", "shared_database"]
