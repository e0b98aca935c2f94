"""Stands in for the application."""

import os

from worker import serve

serve(os.environ["OTKLIK_API_PORT"])
