"""docker-compose.yml and Dockerfile name exactly the variables that settings.py reads. They are parsed here, not run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings, variables

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("otklik")}


LEFT_AT_DEFAULT = {
    "OTKLIK_DATABASE_POOL": "ten connections a process suit PostgreSQL's 300",
    "OTKLIK_SMTP_TIMEOUT_SECONDS": "patience that no installation has asked to change",
    "OTKLIK_EMBEDDED": "never true here: the stack of `otklik up` alone may set it",
}
"""Settings that no service names, each with its reason. A new setting is named by a service or stands here."""


def required() -> set[str]:
    return {f"OTKLIK_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}


def of_image() -> set[str]:
    return set(re.findall(r"\b(OTKLIK_[A-Z_]+)=", DOCKERFILE))


def test_services_are_the_ones_that_the_product_needs() -> None:
    assert SERVICES.keys() == {
        "postgresql",
        "temporal-schema",
        "temporal",
        "temporal-namespace",
        "temporal-ui",
        "migrate",
        "worker",
        "api",
    }
    assert OURS.keys() == {"temporal-namespace", "migrate", "worker", "api"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_service_is_read_by_settings(name: str) -> None:
    assert OURS[name]["environment"].keys() - variables().keys() == set()


def test_every_variable_of_the_image_is_read_by_settings() -> None:
    assert of_image() - variables().keys() == set()


def test_every_setting_is_set_by_a_service_or_left_at_its_default_for_a_reason() -> None:
    named = of_image().union(*(service["environment"] for service in OURS.values()))

    assert variables().keys() - named == LEFT_AT_DEFAULT.keys()
    assert required() & LEFT_AT_DEFAULT.keys() == set()


@pytest.mark.parametrize("name", OURS)
def test_every_required_variable_is_set(name: str) -> None:
    assert required() - OURS[name]["environment"].keys() - of_image() == set()
    assert all(value not in (None, "") for key, value in OURS[name]["environment"].items() if key in required())


@pytest.mark.parametrize("name", OURS)
def test_settings_accept_what_a_service_sets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in OURS[name]["environment"].items():
        filled = re.sub(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}", lambda found: found[1] or "1", str(value))
        monkeypatch.setenv(key, filled)

    accepted = Settings()

    assert not accepted.embedded
    assert accepted.smtp_tls == "starttls"


def test_only_migrate_holds_the_owner_of_the_schema() -> None:
    holders = {name for name, service in OURS.items() if "OTKLIK_DATABASE_OWNER_URL" in service["environment"]}

    assert holders == {"migrate"}


def test_images_are_pinned_and_name_no_registry() -> None:
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    for image in images:
        name, _, tag = image.partition(":")
        assert tag not in ("", "latest"), image
        assert "." not in name.split("/")[0], image


def test_only_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_worker_and_api_wait_for_schema_and_namespace() -> None:
    for name in ("worker", "api"):
        assert OURS[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "temporal-namespace": {"condition": "service_completed_successfully"},
        }


def test_image_holds_every_package_of_the_project() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]

    for name in {package.partition(".")[0] for package in packages["packages"]}:
        assert re.search(rf"^COPY {name} {name}$", DOCKERFILE, re.MULTILINE), name
    assert re.search(r"^COPY \*\.py ", DOCKERFILE, re.MULTILINE)


def test_build_context_lets_in_what_the_image_copies_and_no_state() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)

    assert {name for names in copied for name in names.split()} <= allowed
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")
