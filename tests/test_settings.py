"""Settings that are wrong are named, never shown."""

from __future__ import annotations

import pytest

from settings import SettingsWrong, from_environment


def test_wrong_settings_are_named_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql+asyncpg://app:S3cretPw@db/otklik")
    monkeypatch.setenv("OTKLIK_SMTP_PASSWORD", "MailPw99")

    with pytest.raises(SettingsWrong) as refused:
        from_environment()

    assert "OTKLIK_DATABASE_URL" in str(refused.value)
    assert "OTKLIK_KEYS_FILE" in str(refused.value)
    assert "S3cretPw" not in str(refused.value)
    assert "MailPw99" not in str(refused.value)
    assert refused.value.__cause__ is None
