"""Where a command meets the environment: the one place of the command line that reads it."""

import os

from service.settings import Settings, load_settings, variable


def environment(**given: object) -> dict[str, str]:
    """The environment with some settings replaced, by field name; None leaves one as it is."""
    replaced = {variable(field): str(value) for field, value in given.items() if value is not None}
    return {**os.environ, **replaced}  # noqa: TID251


def settings_from_environment(**given: object) -> Settings:
    """The settings of this command, `given` ones first. Raises SettingsError."""
    return load_settings(environment(**given))
