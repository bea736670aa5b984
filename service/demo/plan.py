"""What `city.toml` says, typed: the units of the demonstration city and where their forms stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a unit does: a task of its form, counted in its own unit."""

    name: str
    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A department or an office. `stage`, `again` and `late` as the head of the file explains them."""

    code: str
    name: str
    short: str
    en: str
    office: str | None = None
    parent: str | None = None
    stage: str = "none"
    again: bool = False
    late: bool = False
    staff: int = 0
    duties: tuple[Duty, ...] = ()

    @property
    def level(self) -> int:
        """The level at which the form waits, or that handed it back; 0 where the stage names none."""
        return int(self.stage.partition("-")[2] or 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole city. `evaluations` are the forms of last year, by the code of their unit."""

    region: str
    bureau: Unit
    offices: tuple[Unit, ...]
    departments: tuple[Unit, ...]
    evaluations: Mapping[str, str]

    def department(self, code: str) -> Unit:
        """The unit of this code."""
        return next(unit for unit in self.departments if unit.code == code)


@cache
def plan() -> Plan:
    """The plan as shipped."""
    data = tomllib.loads(files("service.demo").joinpath("city.toml").read_text("utf-8"))
    return Plan(
        region=data["region"],
        bureau=_unit(data["bureau"]),
        offices=tuple(map(_unit, data["offices"])),
        departments=tuple(map(_unit, data["departments"])),
        evaluations={row["department"]: row["stage"] for row in data["evaluations"]},
    )


def _unit(row: dict[str, Any]) -> Unit:
    return Unit(**{**row, "duties": tuple(_duty(text) for text in row.get("duties", ()))})


def _duty(text: str) -> Duty:
    name, count, unit = text.split()
    return Duty(name, int(count), unit)
