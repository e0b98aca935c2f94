"""The mail catcher as a child of the stack."""

from __future__ import annotations

import os
import smtplib
import sys
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from embedded.mail_catcher import letters
from embedded.ports import LOOPBACK
from embedded.processes import Launch
from embedded.server import Server


class MailCatcher(Server):
    """A mail server for letters that go nowhere, with a page to read them; see `embedded.mail_catcher`."""

    name = "mail"
    title = "Почта"

    def __init__(self, state: Path, smtp_port: int, http_port: int, notice: str | None = None) -> None:
        """`notice`: what its pages say above everything else."""
        super().__init__(state)
        self._notice = notice
        self.smtp_port = smtp_port
        self.http_port = http_port

    @property
    def folder(self) -> Path:
        """Where the letters lie as .eml files."""
        return self.state / "mail"

    def letters(self) -> list[EmailMessage]:
        """What has arrived so far, oldest first."""
        return letters(self.folder)

    def launch(self) -> Launch:
        """Started by module name from the folder above this package, so it runs uninstalled too."""
        command = [sys.executable, "-m", "embedded.mail_catcher", "--smtp-port", str(self.smtp_port)]
        command += ["--http-port", str(self.http_port), "--folder", str(self.folder)]
        command += ["--notice", self._notice] if self._notice else []
        return Launch(
            name=self.name,
            command=command,
            environment=dict(os.environ),
            folder=Path(__file__).resolve().parent.parent,
            log=self.log,
            records=self.records,
            stop_signal=self.stop_signal,
        )

    def ready(self) -> bool:
        """It greets on SMTP and shows its page."""
        try:
            with smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=2, local_hostname="localhost"):
                pass
            pages = HTTPConnection(LOOPBACK, self.http_port, timeout=2)
            pages.request("GET", "/style.css")
            return pages.getresponse().status == 200
        except (OSError, HTTPException, smtplib.SMTPException):
            return False
