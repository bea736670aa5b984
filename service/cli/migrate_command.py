"""`jixiao migrate`: the schema of a production database; `jixiao up` does the same for itself."""

import click

from service import migrate as schema
from service.cli.environment import settings_from_environment
from service.embedded import Servers

WORDS = {"zh": "数据库结构已是 {revision}。", "en": "The schema is at {revision}."}


@click.command(short_help="Bring the schema of the database up to date.")
@click.option("--lang", type=click.Choice(list(WORDS)), default="zh", help="Language of the messages.")
def migrate(*, lang: str) -> None:
    """Bring the schema up to date, one transaction per step. Harmless when it is; several at once wait for each other."""
    with Servers(settings_from_environment()) as servers:
        schema.upgrade(servers.database_url)
    click.echo(WORDS[lang].format(revision=schema.newest()))
