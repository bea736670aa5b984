"""Settings: safe by default, every fault named at once, documented, masked."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr, ValidationError

from service.cli import COMMANDS, main
from service.cli.settings_command import MASK, reference
from service.settings import Settings, SettingsError, demo_password, kept_secret, load_settings, variable

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # what a container binds to
SECRETS = {
    "JIXIAO_DATABASE_URL": "postgresql://me:hidden-a@db/jixiao",
    "JIXIAO_REDIS_URL": "redis://:hidden-b@broker/0",
    "JIXIAO_DEMO_PASSWORD": "hidden-c",
    "JIXIAO_SMTP_PASSWORD": "hidden-e",
    "JIXIAO_METRICS_TOKEN": "hidden-f" * 2,
}


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.faults


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "run: jixiao settings --markdown > docs/settings.md"


def test_every_setting_is_explained_and_has_a_default() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert variable(name) in DOCUMENT.read_text(encoding="utf-8")
    assert load_settings({}) == load_settings({"PATH": "/bin", "JIXIAO_PORT": ""})


def test_defaults_are_safe_to_publish() -> None:
    settings = load_settings({})
    assert settings.host == "127.0.0.1"
    assert settings.cookie_secure
    assert not settings.demo
    assert all(getattr(settings, name) is None for name in ("demo_password", "smtp_password", "metrics_token"))
    assert settings.smtp_starttls
    assert settings.log_level == "info"


def test_all_faults_are_listed_at_once_and_none_shows_a_value() -> None:
    found = faults(
        {
            "JIXIAO_PORT": "eighty",
            "JIXIAO_LOCK_AFTER_FAILURE": "3",
            "JIXIAO_METRICS_TOKEN": "hidden",
            "JIXIAO_DATABASE_URL": "mysql://me:hidden@db/x",
            "JIXIAO_REDIS_URL": "amqp://hidden",
            "JIXIAO_PASSWORD_PROFILE": "none",
        }
    )
    assert [fault.split(":")[0] for fault in found] == [
        "JIXIAO_LOCK_AFTER_FAILURE",
        "JIXIAO_DATABASE_URL",
        "JIXIAO_REDIS_URL",
        "JIXIAO_PORT",
        "JIXIAO_PASSWORD_PROFILE",
        "JIXIAO_METRICS_TOKEN",
    ]
    assert "hidden" not in "\n".join(found)


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"JIXIAO_DEMO": "1", "JIXIAO_HOST": EVERYWHERE}, "loopback only"),
        ({"JIXIAO_SMTP_HOST": "mail"}, "JIXIAO_SMTP_FROM"),
        ({"JIXIAO_PORT": "0"}, "JIXIAO_PORT"),
        ({"JIXIAO_SESSION_IDLE_MINUTES": "-1"}, "JIXIAO_SESSION_IDLE_MINUTES"),
        ({"JIXIAO_METRICS_TOKEN": "short"}, "JIXIAO_METRICS_TOKEN"),
    ],
)
def test_what_is_unsafe_or_does_not_fit_is_refused(environ: dict[str, str], fault: str) -> None:
    assert fault in "\n".join(faults(environ))


def test_cookies_travel_over_plain_http_in_the_demonstration_alone() -> None:
    assert not load_settings({"JIXIAO_DEMO": "1"}).cookie_secure
    assert load_settings({"JIXIAO_DEMO": "1", "JIXIAO_COOKIE_SECURE": "1"}).cookie_secure
    assert load_settings({"JIXIAO_HOST": EVERYWHERE}).cookie_secure


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings({}).port = 1  # type: ignore[misc]


@pytest.mark.parametrize("arguments", [["settings"], ["settings", "--json"]])
def test_the_command_shows_what_is_in_force_and_masks_every_secret(arguments: list[str]) -> None:
    run = CliRunner().invoke(main, arguments, env={**SECRETS, "JIXIAO_PORT": "8123"})
    assert run.exit_code == 0
    assert "hidden" not in run.output
    assert run.output.count(MASK) == len(SECRETS)
    assert "8123" in run.output
    secret_fields = {name for name, field in Settings.model_fields.items() if "SecretStr" in repr(field.annotation)}
    assert {variable(name) for name in secret_fields} == set(SECRETS)
    if "--json" in arguments:
        assert json.loads(run.output).keys() == {variable(name) for name in Settings.model_fields}


def test_a_bad_setting_is_one_sentence_on_stderr_and_exit_code_2() -> None:
    run = CliRunner().invoke(main, ["settings"], env={"JIXIAO_PORT": "x"})
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr.startswith("JIXIAO_PORT: ")


def test_every_verb_loads_and_says_what_it_does() -> None:
    run = CliRunner().invoke(main, ["--help"])
    assert run.exit_code == 0, run.output
    for verb in COMMANDS:
        assert f"\n  {verb} " in run.output
        assert CliRunner().invoke(main, [verb, "--help"]).exit_code == 0


def test_generated_secrets_are_kept_long_and_for_the_owner(tmp_path: Path) -> None:
    settings = load_settings({"JIXIAO_HOME": str(tmp_path / "home")})
    path = settings.home / "demo-password"
    assert len(demo_password(settings)) >= 32
    assert path.read_text() == demo_password(settings)
    assert path.stat().st_mode & 0o077 == 0
    given = load_settings({"JIXIAO_DEMO_PASSWORD": "p", "JIXIAO_HOME": str(tmp_path)})
    assert demo_password(given) == "p"
    assert isinstance(given.demo_password, SecretStr)


def test_processes_that_make_a_secret_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret-key"
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(kept_secret, [path] * 64))) == 1
    assert [left.name for left in path.parent.iterdir()] == ["secret-key"]
