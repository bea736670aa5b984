"""The wheel carries everything that a running system needs, and `jixiao up` works from it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from service.cli.environment import environment
from tests.infra.running import READY, Running

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BUILD = (
    "import sys; from hatchling.builders.wheel import WheelBuilder as B; [*B(sys.argv[1]).build(directory=sys.argv[2])]"
)
WHERE = "import service, workers, migrations; print(service.__file__, workers.__file__, migrations.__path__[0])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-c", BUILD, str(ROOT), str(folder)], check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def test_it_carries_code_data_and_the_front_end_build(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    wanted = [
        path
        for path in tracked
        if path.startswith(("workflows/", "service/", "workers/", "migrations/"))
        and not path.startswith("service/assets/")
        and (ROOT / path).exists()
    ]
    assert set(wanted) <= names
    assert {"service/built/manifest.json", "service/built/fonts/NotoSansSC-Regular.ttf"} <= names
    assert not any(name.startswith(("tests/", "service/assets/", "node_modules/")) for name in names)


def test_jixiao_up_works_from_an_installation(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    environ = {**environment(), "PYTHONPATH": str(installed)}
    where = subprocess.run([sys.executable, "-P", "-c", WHERE], env=environ, capture_output=True, text=True, check=True)
    assert where.stdout.count(str(installed)) == 3
    with Running(tmp_path / "home", "--demo", "--lang", "en", pythonpath=installed) as up:
        assert " filler " in up.heard("Demonstration accounts")
        up.heard(READY)
        assert up.get("/sign-in")[0] == 200
