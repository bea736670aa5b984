"""docker-compose.yml and Dockerfile against the code: every command, variable, queue and health path exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.cli import COMMANDS
from service.cli.processes import beat, reports, web, worker
from service.settings import Settings, load_settings, variable

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("jixiao:")]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HOME = Path("/data")


def in_container(settings: Settings) -> Settings:
    return settings.model_copy(update={"host": "0.0.0.0"})  # noqa: S104


def test_every_process_of_jixiao_and_both_servers_are_there() -> None:
    assert set(OURS) == {"migrate", "web", "worker", "reports", "beat"}
    assert set(SERVICES) - set(OURS) == {"postgres", "valkey"}


def test_commands_are_those_that_jixiao_up_runs() -> None:
    settings = in_container(load_settings({}))
    for program in (web(settings), worker(), reports(), beat(HOME)):
        assert SERVICES[program.name]["command"] == program.command


def test_verbs_exist() -> None:
    assert SERVICES["migrate"]["command"] == ["jixiao", "migrate"]
    verbs = set(re.findall(r"\bjixiao ([a-z]+)", TEXT))
    assert "init" in verbs
    assert verbs <= COMMANDS.keys()


@pytest.mark.parametrize("name", OURS)
def test_variables_are_settings_and_secrets_come_from_outside(name: str) -> None:
    environment = SERVICES[name]["environment"]
    secret = {
        variable(field) for field, facts in Settings.model_fields.items() if "SecretStr" in repr(facts.annotation)
    }
    assert environment.keys() <= {variable(field) for field in Settings.model_fields}
    for key in environment.keys() & secret:
        assert re.search(r"\$\{\w+:(\?|-)\}", environment[key]), f"{key} holds a secret in the file"


def test_the_settings_of_the_image_load() -> None:
    given = dict(re.findall(r"(JIXIAO_\w+)=(\S+)", DOCKERFILE))
    assert load_settings(given) == load_settings({"JIXIAO_HOME": str(HOME), "JIXIAO_HOST": "0.0.0.0"})  # noqa: S104


def test_health_paths_are_routes() -> None:
    from service.app import create_app

    urls = load_settings({"JIXIAO_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    paths = set(re.findall(r"127\.0\.0\.1:8000(/[\w/]+)", TEXT)) | set(re.findall(r"(/health/\w+)", TEXT))
    assert "/health/live" in paths
    assert paths <= {rule.rule for rule in create_app(urls).url_map.iter_rules()}


def test_each_queue_is_consumed_once() -> None:
    from workers.app import app

    consumed = [SERVICES[name]["command"][SERVICES[name]["command"].index("-Q") + 1] for name in ("worker", "reports")]
    assert sorted(consumed) == sorted(queue.name for queue in app.conf.task_queues)


def test_every_long_running_service_has_a_health_check_that_fits_its_command() -> None:
    for name, service in SERVICES.items():
        if name == "migrate":
            continue
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert service["restart"] == "unless-stopped", name
    for name in ("worker", "reports"):
        assert f"{name}@%h" in SERVICES[name]["command"]
        assert f"{name}@$$HOSTNAME" in SERVICES[name]["healthcheck"]["test"][1]


def test_data_lives_in_named_volumes() -> None:
    assert set(COMPOSE["volumes"]) == {"home", "postgres", "valkey"}
    mounted = {mount.split(":")[0] for service in SERVICES.values() for mount in service["volumes"]}
    assert mounted == set(COMPOSE["volumes"])


def test_the_web_is_bound_to_this_machine_and_nothing_else_is_published() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_image_is_built_in_stages_and_runs_without_root() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(stages) == 3
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER jixiao\n" in last
    assert last.index("USER jixiao") < last.index("CMD")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path
    assert DOCKERFILE.count("--require-hashes") == 2
