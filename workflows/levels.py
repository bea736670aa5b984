"""The names of first and second level indicators, in the spellings that published forms use, as codes."""

from functools import lru_cache

from workflows.catalogue import languages, texts

LEVEL1 = ("cost", "output", "benefit", "satisfaction")
LEVEL2 = (
    "quantity",
    "quality",
    "timeliness",
    "cost",
    "economic_cost",
    "social_cost",
    "ecological_cost",
    "economic_benefit",
    "social_benefit",
    "ecological_benefit",
    "sustainable_impact",
    "service_recipients",
)

# Printed names that are not the official label with or without its suffix 指标.
_MORE_LEVEL2 = {
    "满意度": "service_recipients",
    "社会公众满意度": "service_recipients",
    "社会公众或服务对象满意度": "service_recipients",
    "服务对象": "service_recipients",
    "可持续": "sustainable_impact",
    "可持续发展": "sustainable_impact",
    "生态环境效益": "ecological_benefit",
    "环境效益": "ecological_benefit",
    "生态成本": "ecological_cost",
    "生态环境影响": "ecological_cost",
}
_SUFFIX = "指标"


def level1(text: str) -> str | None:
    """The code of a first-level name (产出指标, 产出, output), None for anything else."""
    return _code("level1", text) if len(text) <= 40 else None


def level2(text: str) -> str | None:
    """The code of a second-level name (社会效益指标, 社会效益, social_benefit), None for anything else."""
    return _code("level2", text) if len(text) <= 40 else None


@lru_cache(maxsize=512)
def _code(kind: str, text: str) -> str | None:
    name = "".join(text.split())
    return _names(kind).get(name.removesuffix(_SUFFIX) or name)


@lru_cache(maxsize=2)
def _names(kind: str) -> dict[str, str]:
    codes = LEVEL1 if kind == "level1" else LEVEL2
    names = dict(_MORE_LEVEL2) if kind == "level2" else {}
    for code in codes:
        names[code] = code
        for lang in languages:
            label = "".join(texts(lang)[f"label.{kind}.{code}"].split())
            names[label.removesuffix(_SUFFIX)] = code
    return names
