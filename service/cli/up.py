"""`jixiao up`: servers, schema, demonstration, web, workers and beat, until Ctrl-C."""

import signal
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import click

from service.cli import Refused
from service.cli.environment import environment
from service.cli.processes import DRAIN_SECONDS, programs
from service.cli.supervisor import Supervisor
from service.embedded import Servers
from service.migrate import upgrade
from service.settings import Settings, demo_password, load_settings

READY_SECONDS: Final = 90.0
READY_LOOK_SECONDS: Final = 0.05
HEALTH: Final = "/health/live"

WORDS: Final = {
    "zh": {
        "port": "端口 {port} 已被占用；请用 --port（或 make up PORT=…）另选一个。",
        "ended": "{name} 已退出（代码 {code}），{delay:.0f} 秒后重新启动；日志：{log}",
        "mended": "{name} 已退出，已重新启动。",
        "unready": "网页服务在 {seconds:.0f} 秒内没有就绪。\n{why}",
        "servers": "正在启动数据库与消息服务……",
        "schema": "正在更新数据库结构……",
        "demo": "正在准备演示数据……",
        "accounts": "演示账号（密码均为 {password}）：{names}",
        "logs": "数据与日志：{home}；按 Ctrl-C 停止。",
        "stopping": "正在停止……",
        "stopped": "已全部停止。",
    },
    "en": {
        "port": "Port {port} is in use; choose another one with --port (or make up PORT=…).",
        "ended": "{name} ended (code {code}), starting it again in {delay:.0f} s; log: {log}",
        "mended": "{name} had ended and was started again.",
        "unready": "The web server was not ready within {seconds:.0f} s.\n{why}",
        "servers": "Starting the database and the broker…",
        "schema": "Bringing the schema up to date…",
        "demo": "Preparing the demonstration…",
        "accounts": "Demonstration accounts (password of each: {password}): {names}",
        "logs": "Data and logs: {home}; Ctrl-C stops everything.",
        "stopping": "Stopping…",
        "stopped": "Everything is stopped.",
    },
}


@click.command(short_help="Run Jixiao: servers, web, workers.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the web server (JIXIAO_PORT, 8000).")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Data directory (JIXIAO_HOME, var).")
@click.option("--demo", is_flag=True, default=None, help="Load the demonstration city; loopback only.")
@click.option("--lang", type=click.Choice(list(WORDS)), default="zh", help="Language of the messages.")
def up(*, port: int | None, home: Path | None, demo: bool | None, lang: str) -> None:
    """Run Jixiao until Ctrl-C: embedded servers where none are named, migrations, web, workers and beat."""
    environ = environment(port=port, home=home.resolve() if home else None, demo=demo)
    settings = load_settings(environ)
    words = WORDS[lang]
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the supervisor listens
    _refuse_used_port(settings, words["port"])
    _say(words["servers"])
    with Servers(settings, shared=True) as servers:
        environ |= {**servers.environ, "JIXIAO_HOME": str(settings.home.resolve())}
        _run(load_settings(environ), environ=environ, servers=servers, words=words)
    _say(words["stopped"])


def _say(sentence: str) -> None:
    click.echo(sentence)


def _refuse_used_port(settings: Settings, sentence: str) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            raise Refused(sentence.format(port=settings.port)) from None


def _run(settings: Settings, *, environ: Mapping[str, str], servers: Servers, words: Mapping[str, str]) -> None:
    def ended(name: str, code: int, delay: float) -> None:
        _say(words["ended"].format(name=name, code=code, delay=delay, log=settings.home / "logs" / f"{name}.log"))

    def mend() -> None:
        for name in servers.mend():
            _say(words["mended"].format(name=name))

    with Supervisor(environ, home=settings.home, say=ended, stop_seconds=DRAIN_SECONDS + 5) as supervisor:
        _say(words["schema"])
        upgrade(servers.database_url)
        if settings.demo:
            _say(words["demo"])
        accounts = _load_demonstration(settings)
        supervisor.start(programs(settings))
        _wait_until_ready(settings, supervisor, words["unready"])
        if not supervisor.stopping.is_set():
            if accounts:
                _say(words["accounts"].format(**accounts))
            _say(words["logs"].format(home=settings.home))
            _say(f"Jixiao is ready: {settings.url}")
            supervisor.watch(mend)
        _say(words["stopping"])


def _load_demonstration(settings: Settings) -> dict[str, str]:
    """Fill an empty database with the demonstration city; return the sign-in for the terminal."""
    if not settings.demo:
        return {}
    from service.demo import load

    names = load(settings, now=datetime.now(UTC))
    return {"names": " ".join(names), "password": demo_password(settings)}


def _wait_until_ready(settings: Settings, supervisor: Supervisor, sentence: str) -> None:
    """Return when the web answers. Raises Refused when it does not come up."""
    for _ in range(int(READY_SECONDS / READY_LOOK_SECONDS)):
        if _answers(settings) or supervisor.stopping.wait(READY_LOOK_SECONDS):
            return
        if "web" in (ended := supervisor.ended()):
            raise Refused(sentence.format(seconds=READY_SECONDS, why=ended["web"]))
    raise Refused(sentence.format(seconds=READY_SECONDS, why=settings.home / "logs" / "web.log"))


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "localhost"} else settings.host  # noqa: S104  # compared only
    connection = HTTPConnection(host, settings.port, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
