"""The product of the process tests."""

from tests.process.conftest import anyio_backend, client, clock, product, remembered_runs, running

__all__ = ["anyio_backend", "client", "clock", "product", "remembered_runs", "running"]
