"""The `otklik` command: everything that a newcomer, a deployment or an engineer on call starts by hand."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from domain.regulation import REAL_DAY_SECONDS
from logs import configure, where
from settings import Settings, SettingsWrong, from_environment

app = typer.Typer(
    name="otklik",
    help="Отклик: сообщения граждан органам власти, от поступления до архива.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_UNITS = {"s": 1, "m": 60, "h": 3600}


def day_length(text: str) -> timedelta:
    """`60s`, `10m` or `24h` as a length; a refusal that says how to write it."""
    found = re.fullmatch(r"(\d+)([smh])", text)
    length = timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else timedelta(0)
    if not timedelta(seconds=1) <= length <= timedelta(days=1):
        raise typer.BadParameter("напишите длину дня как 60s, 10m или 24h")
    return length


@app.command()
def up(
    state: Annotated[Path | None, typer.Option(help="папка данных; по умолчанию .otklik рядом с исходниками")] = None,
    port_base: Annotated[int, typer.Option(min=1024, max=65000, help="первый из семи портов")] = 8700,
    day: Annotated[
        str | None, typer.Option(help="длина дня срока, например 60s: посмотреть, как работают сроки")
    ] = None,
) -> None:
    """Поднять всё на этой машине: PostgreSQL, Temporal, почту, рабочий процесс, API и показательные данные."""
    from embedded.stack import main as stack

    raise typer.Exit(stack(state=state, port_base=port_base, day=day_length(day) if day else None))


@app.command()
def worker() -> None:
    """Рабочий процесс: решения, сроки, письма."""
    from worker import main as work

    work()


@app.command()
def api() -> None:
    """Рабочее место в браузере и HTTP API."""
    from web.__main__ import main as serve

    serve()


@app.command()
def migrate(
    day_seconds: Annotated[
        int | None, typer.Option(min=1, max=REAL_DAY_SECONDS, help="длина дня срока в новой базе")
    ] = None,
) -> None:
    """Привести базу к этому выпуску. Повторять можно."""
    import sqlalchemy as sa

    from storage.migrating import UnsuitableDatabase
    from storage.migrating import migrate as bring

    settings = _settings()
    if settings.database_owner_url is None:
        _fail("укажите OTKLIK_DATABASE_OWNER_URL: схему меняет её владелец")
    if day_seconds not in {None, REAL_DAY_SECONDS} and not settings.embedded:
        _fail("укороченный день бывает только у `otklik up`: настоящие сроки идут настоящими днями")
    role = sa.make_url(settings.database_url.get_secret_value()).username
    assert role is not None
    try:
        bring(settings.database_owner_url.get_secret_value(), role, day_seconds)
    except UnsuitableDatabase as error:
        _fail(str(error))


@app.command("temporal-setup")
def temporal_setup() -> None:
    """Завести в Temporal пространство имён и поисковые признаки. Повторять можно."""
    from temporal.client import connect
    from temporal.namespace import AttributeMismatch, ensure

    settings = _settings()

    async def run() -> None:
        await ensure(await connect(settings.temporal_address, settings.temporal_namespace))
        await asyncio.sleep(0.05)  # the SDK's core may abort a process that ends at once

    try:
        asyncio.run(run())
    except AttributeMismatch as error:
        _fail(str(error))


@app.command()
def demo() -> None:
    """Показательные данные через настоящий API, если база пуста. Пароль: OTKLIK_DEMO_PASSWORD."""
    from embedded.demo import main as fill

    fill(_settings(), typer.echo)


@app.command()
def reconcile(
    whole_history: Annotated[
        bool, typer.Option("--whole-history", help="после восстановления базы: искать и завершённые процессы")
    ] = False,
) -> None:
    """Сверить Temporal с записью: поднять то, что должно идти, и позвонить о решениях без ответа."""
    from relay.reconcile import reconcile as compare
    from storage.engine import make_engine
    from storage.keys import KeyRing
    from storage.types import use_keys
    from temporal.client import connect

    settings = _settings()
    use_keys(KeyRing.load(settings.keys_file))

    async def run() -> None:
        engine = make_engine(settings.database_url.get_secret_value(), pool=4, statement_timeout_ms=60_000)
        client = await connect(settings.temporal_address, settings.temporal_namespace)
        typer.echo(await compare(engine, client, whole_history=whole_history))
        await asyncio.sleep(0.05)  # the SDK's core may abort a process that ends at once

    asyncio.run(run())


@app.command()
def verify() -> None:
    """Проверить, что журнал тот, который был записан: цепочка каждого дела, печати поверх них и их список вне базы."""
    from storage.engine import make_engine, reading
    from storage.journal import verify as breaks
    from storage.keys import KeyRing
    from storage.types import use_keys
    from storage.witness import Witness

    settings = _settings()
    use_keys(KeyRing.load(settings.keys_file))
    engine = make_engine(settings.database_url.get_secret_value(), pool=1, statement_timeout_ms=0)
    noted = tuple(Witness(settings.files_dir).seals())
    found = 0
    with reading(engine) as connection:
        for broken in breaks(connection, noted):
            found += 1
            typer.echo(f"{broken.case_id or 'печать'}, строка {broken.seq}: {broken.why}")
    if found:
        _fail(f"журнал нарушен в {found} местах")
    typer.echo(f"Журнал цел. Печатей в списке вне базы: {len(noted)}.")


@app.command("discard-nameless")
def discard_nameless() -> None:
    """Удалить содержимое файлов, которого не знает база. Только когда база верна: после восстановления сначала сверьте её."""
    from storage.engine import make_engine
    from storage.files import FileStore
    from storage.keys import KeyRing
    from storage.uploads import discard_nameless as discard

    settings = _settings()
    engine = make_engine(settings.database_url.get_secret_value(), pool=1, statement_timeout_ms=60_000)
    gone = discard(engine, FileStore(settings.files_dir, KeyRing.load(settings.keys_file)))
    typer.echo(f"Удалено: {gone}")


@app.command()
def bench(
    rounds: Annotated[int, typer.Option(min=1, max=50)] = 5,
    lifecycles: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    messages: Annotated[int, typer.Option(min=0, help="сообщений в базе для списков; 0: списки не измерять")] = 200_000,
) -> None:
    """Измерить списки, карточки и счётчики, затем решения в секунду рядом с голым Temporal на этой же машине."""
    from bench.lists import main as measure_lists
    from bench.main import main as measure

    failed = messages and measure_lists(messages=messages, say=typer.echo)
    raise typer.Exit(measure(rounds=rounds, lifecycles=lifecycles, say=typer.echo) or failed)


def _settings() -> Settings:
    """The settings, and logs on standard error; or which variables are missing, by name."""
    try:
        settings = from_environment()
    except SettingsWrong as error:
        _fail(str(error))
    configure(settings.log_level)
    return settings


def _fail(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)


def main() -> None:
    """The `otklik` command. What fails is told by its type and place: messages of libraries may quote what somebody wrote."""
    try:
        app()
    except Exception as error:  # noqa: BLE001  # the last place before the terminal
        typer.echo(f"не удалось: {where(error)}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
