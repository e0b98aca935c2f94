"""The product of the process tests."""

from tests.process.conftest import anyio_backend, client, clock, product, running

__all__ = ["anyio_backend", "client", "clock", "product", "running"]
