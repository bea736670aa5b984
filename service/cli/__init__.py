"""The command line: `jixiao VERB`. Each verb stands in a module of its own, loaded when it is called.

Exit codes: 0 done; 1 findings, or a broken chain; 2 unreadable input or bad usage, one sentence on stderr.
"""

from importlib import import_module
from typing import Any, Final

import click

from service.embedded.process import EmbeddedError
from service.settings import SettingsError

# verb -> "module:command"
COMMANDS: Final = {
    "check": "service.cli.documents:check",
    "deadlines": "service.cli.operations:deadlines",
    "doctor": "service.cli.doctor:doctor",
    "export": "service.cli.data:export",
    "heads": "service.cli.evidence:heads",
    "import": "service.cli.data:import_",
    "init": "service.cli.accounts:init",
    "jobs": "service.cli.operations:jobs",
    "lifecycle": "service.cli.lifecycle:lifecycle",
    "migrate": "service.cli.migrate_command:migrate",
    "outbox": "service.cli.operations:outbox",
    "people": "service.cli.accounts:people",
    "read": "service.cli.documents:read",
    "routes": "service.cli.routes:routes",
    "score": "service.cli.documents:score",
    "settings": "service.cli.settings_command:settings",
    "token": "service.cli.accounts:token",
    "up": "service.cli.up:up",
    "verify": "service.cli.evidence:verify",
    "withhold": "service.cli.withholding:withhold",
}

# The verbs of those that are groups, so that --lang before the first reaches them too.
SECOND_VERBS: Final = {
    "deadlines": ("scan",),
    "heads": ("write", "list", "export", "key"),
    "lifecycle": ("draw", "table", "check"),
    "outbox": ("list", "replay"),
    "people": ("import",),
    "routes": ("list", "check", "import", "migrate"),
    "token": ("create",),
    "withhold": ("ask", "confirm", "refuse", "list"),
}


class Refused(click.ClickException):
    """A sentence on stderr and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:  # noqa: ANN401  # click's own signature
        """The sentence alone, without click's `Error:`."""
        click.echo(self.format_message(), file=file, err=file is None)


class Verbs(click.Group):
    """A group that imports a verb when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's own signature
        """Run the verb; what stops every verb alike becomes one sentence."""
        try:
            return super().invoke(ctx)
        except (SettingsError, EmbeddedError) as error:
            raise Refused(str(error)) from None
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            verb = error.ctx.command_path if error.ctx is not None else "jixiao"
            raise Refused(f"{verb}: {' '.join(error.format_message().split())}") from None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jixiao", message="%(version)s")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the messages.")
@click.pass_context
def main(context: click.Context, lang: str) -> None:
    """绩效 Jixiao: budget performance targets, from filing to year-end evaluation."""
    # So that `jixiao --lang en check` and `jixiao check --lang en` mean the same.
    context.default_map = {
        verb: {"lang": lang, **{second: {"lang": lang} for second in SECOND_VERBS.get(verb, ())}} for verb in COMMANDS
    }
