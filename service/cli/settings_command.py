"""`jixiao settings`: what is set, secrets masked; `--markdown` writes docs/settings.md."""

import json
from pathlib import Path
from typing import Final, get_args

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.cli.environment import settings_from_environment
from service.settings import Settings, load_settings, variable

MASK: Final = "********"
COMPUTED: Final = {"cookie_secure": "`true`, but for the demonstration on loopback"}
INTRODUCTION: Final = """# Settings

Written by `jixiao settings --markdown`. All settings are environment variables; an empty one counts as unset. They are
read once at the start, which fails with every fault listed: a value out of its range, and a `JIXIAO_` name that is none
of these. `jixiao settings` prints what is in force, secrets masked.

| variable | default | what it does |
|---|---|---|
"""


@click.command(short_help="Print the settings in force, secrets masked.")
@click.option("--markdown", is_flag=True, help="Print the reference of all settings instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", hidden=True)
def settings(*, markdown: bool, as_json: bool, lang: str) -> None:  # noqa: ARG001  # names of variables need no language
    """Print every setting as its variable and value."""
    if markdown:
        click.echo(reference(), nl=False)
        return
    rows = in_force(settings_from_environment())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for name, value in rows.items():
        click.echo(f"{name}={'' if value is None else value}")


def in_force(current: Settings) -> dict[str, object]:
    """Variable and value of every setting, in their order; a secret shows only that it is set."""
    return {variable(field): _shown(getattr(current, field)) for field in Settings.model_fields}


def _shown(value: object) -> object:
    if isinstance(value, SecretStr):
        return MASK
    return str(value) if isinstance(value, Path) else value


def reference() -> str:
    """The table of all settings as Markdown: what docs/settings.md holds."""
    defaults = load_settings({})
    rows = (
        f"| `{variable(name)}` | {_default(name, getattr(defaults, name))} | {_explained(field)} |\n"
        for name, field in Settings.model_fields.items()
    )
    return INTRODUCTION + "".join(rows)


def _default(name: str, value: object) -> str:
    if name in COMPUTED:
        return COMPUTED[name]
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "" if value is None else f"`{value}`"


def _explained(field: FieldInfo) -> str:
    secret = field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    return f"{field.description}{' Secret.' if secret else ''}"
