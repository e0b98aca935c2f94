"""Stands in for the worker and the application: a page that answers 200."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(port: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("127.0.0.1", int(port)), Page).serve_forever()


if __name__ == "__main__":
    serve(os.environ["OTKLIK_METRICS_PORT"])
