"""Stands in for the API."""

import os

from worker import serve

serve(os.environ["OTKLIK_API_PORT"])
