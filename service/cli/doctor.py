"""`jixiao doctor`: is everything that Jixiao stands on there and set as it has to be?"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import psycopg
import rich.table
from rich.console import Console

from service import migrate
from service.cli.environment import settings_from_environment
from service.embedded import EmbeddedError, Servers
from service.embedded.postgres import find_binaries, has_chinese_trigrams
from service.embedded.valkey import command as broker
from service.embedded.valkey import find_program
from service.settings import LOOPBACK, Settings

BUILT: Final = Path(__file__).parents[1] / "built"
FONTS: Final = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
OLDEST_SERVER: Final = 150_000  # PostgreSQL 15, as `server_version_num` counts
OLDEST_HEAD_SECONDS: Final = 7_200  # one is signed each hour
OLDEST_SLOT_SECONDS: Final = 180  # the scheduler ticks every 30 s; reliability §2 row 8
MARKS: Final = {True: "✓", None: "!", False: "✗"}

NAMES: Final = {
    "zh": {
        "python": "Python",
        "home": "数据目录",
        "assets": "页面资源",
        "fonts": "中文字体",
        "programs": "内置服务程序",
        "servers": "数据库与消息服务",
        "database": "数据库版本",
        "durability": "写入落盘",
        "trigrams": "中文检索",
        "schema": "数据库结构",
        "scheduler": "定时任务",
        "heads": "时点签名",
        "broker": "消息服务",
        "cookies": "会话 Cookie",
    },
    "en": {
        "python": "Python",
        "home": "Data directory",
        "assets": "Assets of the pages",
        "fonts": "Chinese fonts",
        "programs": "Programs of the embedded servers",
        "servers": "Database and broker",
        "database": "Version of the database",
        "durability": "Writes reach the disk",
        "trigrams": "Search in Chinese",
        "schema": "Schema",
        "scheduler": "Scheduler",
        "heads": "Signed heads",
        "broker": "Broker",
        "cookies": "Session cookies",
    },
}

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `good` is None where people should look but nothing is broken."""

    name: str
    good: bool | None
    detail: str


@click.command(short_help="See whether everything that Jixiao needs is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--lang", type=click.Choice(list(NAMES)), default="zh", help="Language of the names.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool, lang: str) -> None:
    """Look at the programs, the servers, the schema, the fonts. Exit code 1 if anything is broken. Changes nothing."""
    findings = list(look(settings_from_environment()))
    if as_json:
        rows = [{"name": row.name, "good": row.good, "detail": row.detail} for row in findings]
        click.echo(json.dumps({"findings": rows}, ensure_ascii=False, indent=2))
    else:
        table = rich.table.Table(box=None, show_header=False)
        table.add_column()
        table.add_column()
        table.add_column(overflow="fold")
        for row in findings:
            table.add_row(MARKS[row.good], NAMES[lang][row.name], row.detail)
        Console().print(table)
    context.exit(1 if any(row.good is False for row in findings) else 0)


def look(settings: Settings) -> Iterator[Finding]:
    """Every finding, from what needs no server to what does."""
    yield Finding("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _home(settings.home.resolve())
    yield _cookies(settings)
    yield _assets()
    yield _fonts()
    yield _programs(settings)
    try:
        with Servers(settings) as servers:
            yield Finding("servers", True, "embedded" if settings.database_url is None else "named by the settings")
            yield from _database(servers.database_url)
            yield _broker(servers.redis_url)
    except EmbeddedError as error:
        yield Finding("servers", False, str(error))


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("home", None, f"{home}: made at the first start")
    closed = home.stat().st_mode & 0o077 == 0
    return Finding("home", True if closed else None, f"{home}{'' if closed else ': open to other users (chmod 700)'}")


def _cookies(settings: Settings) -> Finding:
    if settings.cookie_secure:
        return Finding("cookies", True, "HTTPS only")
    return Finding("cookies", None if settings.host in LOOPBACK else False, "sent over plain HTTP")


def _assets() -> Finding:
    manifest = BUILT / "manifest.json"
    if not manifest.exists():
        return Finding("assets", False, f"{manifest} is missing: run `make env`")
    missing = [
        name for name in json.loads(manifest.read_text(encoding="utf-8")).values() if not (BUILT / name).exists()
    ]
    return Finding("assets", not missing, f"missing: {missing}" if missing else str(BUILT))


def _fonts() -> Finding:
    missing = [name for name in FONTS if not (BUILT / "fonts" / name).exists()]
    return Finding("fonts", not missing, f"missing: {missing}" if missing else ", ".join(FONTS))


def _programs(settings: Settings) -> Finding:
    if settings.database_url and settings.redis_url:
        return Finding("programs", True, "not needed")
    try:
        return Finding("programs", True, f"{find_binaries(settings)}, {find_program()}")
    except EmbeddedError as error:
        return Finding("programs", False, str(error))


def _database(url: str) -> Iterator[Finding]:
    checks: list[Callable[[Connection], Finding]] = [_version, _durability, _trigrams, _scheduler, _heads]
    try:
        with psycopg.connect(url, connect_timeout=3, options="-c statement_timeout=5s") as connection:
            for check in checks:
                yield check(connection)
                connection.rollback()
    except psycopg.Error as error:
        yield Finding("database", False, str(error).strip())
        return
    yield _schema(url)


def _value(connection: Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _version(connection: Connection) -> Finding:
    number = connection.info.server_version
    return Finding("database", number >= OLDEST_SERVER, f"PostgreSQL {number // 10_000}.{number % 10_000}")


def _durability(connection: Connection) -> Finding:
    names = ("fsync", "synchronous_commit", "full_page_writes")
    values = {name: _value(connection, f"show {name}") for name in names}
    return Finding(
        "durability", set(values.values()) == {"on"}, ", ".join(f"{name}={value}" for name, value in values.items())
    )


def _trigrams(connection: Connection) -> Finding:
    try:
        good = has_chinese_trigrams(connection)
    except psycopg.Error as error:
        return Finding("trigrams", False, str(error).strip())
    return Finding("trigrams", good, "pg_trgm" if good else "the locale of the database knows no Chinese letters")


def _scheduler(connection: Connection) -> Finding:
    if not _value(connection, "select to_regclass('schedule_slot')"):
        return Finding("scheduler", None, "no schema yet")
    age = _value(connection, "select extract(epoch from now() - max(created_at))::int from schedule_slot")
    if age is None:
        return Finding("scheduler", None, "never ran")
    return Finding("scheduler", True if int(str(age)) <= OLDEST_SLOT_SECONDS else None, f"last tick {age} s ago")


def _heads(connection: Connection) -> Finding:
    """No head for hours: no worker, no key, or a chain that lost what a head covers (`head_not_signed` in the log)."""
    if not _value(connection, "select to_regclass('chain_head')"):
        return Finding("heads", None, "no schema yet")
    age = _value(connection, "select extract(epoch from now() - max(at))::int from chain_head")
    if age is None:
        return Finding("heads", None, "none signed yet")
    return Finding("heads", True if int(str(age)) <= OLDEST_HEAD_SECONDS else None, f"last one {age} s ago")


def _schema(url: str) -> Finding:
    found, newest = migrate.current(url), migrate.newest()
    return Finding("schema", found == newest, f"{found}" if found == newest else f"{found}, the program needs {newest}")


def _broker(url: str) -> Finding:
    try:
        policy = broker(url, "CONFIG", "GET", "maxmemory-policy")[-1]
        kept = broker(url, "CONFIG", "GET", "appendonly")[-1]
    except OSError as error:
        return Finding("broker", False, str(error))
    good = policy == "noeviction"
    return Finding("broker", None if good and kept != "yes" else good, f"maxmemory-policy={policy}, appendonly={kept}")
