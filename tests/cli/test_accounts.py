"""`jixiao init`, `people import`, `token create`: a real city can start, and nobody guesses a password."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from service.queries.actor import by_token
from service.security import password_matches, token_hash
from tests.cli.conftest import Run
from tests.factories import City

HEAD = "username,name,email,role,department_code\n"


def people(engine: Engine) -> dict[str, set[str]]:
    """Role codes by account."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select p.username, array_remove(array_agg(g.role), null) as roles from person p"
                " left join role_assignment g on g.person_id = p.id group by 1"
            )
        )
        return {row.username: set(row.roles) for row in rows}


def unit_code(engine: Engine, city: City) -> str:
    with engine.connect() as connection:
        found = connection.execute(text("select code from department where id = :id"), {"id": city.unit})
        return str(found.scalar_one())


@pytest.mark.slow
def test_an_empty_city_begins_with_its_bureau_and_three_powers(empty: Engine, jixiao: Run) -> None:
    run = jixiao("init", "--bureau", "某市财政局")
    assert run.exit_code == 0, run.output
    assert people(empty) == {name: {name} for name in ("sys_admin", "sec_admin", "audit_admin")}
    with empty.connect() as connection:
        rows = connection.execute(text("select username, password_hash, must_change_password from person")).all()
        bureau = connection.execute(text("select name from department where kind = 'finance_bureau'")).scalar_one()
        chained = connection.execute(text("select count(*) from event where subject_kind = 'person'")).scalar_one()
    assert bureau == "某市财政局"
    assert chained == 6
    assert all(row.must_change_password for row in rows)
    shown = {
        line.split("│")[1].strip(): line.split("│")[3].strip() for line in run.stdout.splitlines() if "_admin" in line
    }
    assert all(password_matches(row.password_hash, shown[row.username]) for row in rows)


def test_a_city_that_has_data_is_left_alone(engine: Engine, city: City, jixiao: Run) -> None:
    before = people(engine)
    run = jixiao("init")
    assert (run.exit_code, run.stdout, people(engine)) == (2, "", before)
    assert run.stderr == "数据库里已有数据，没有做任何改动。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_accounts_and_roles_come_from_a_table(
    engine: Engine, city: City, jixiao: Run, tmp_path: Path, encoding: str
) -> None:
    code = unit_code(engine, city)
    file = tmp_path / "people.csv"
    rows = f"f-09,填报人,f@example.cn,filler,{code}\nF-09,填报人,,dept_head,{code}\nfiller,填报人,,filler,{code}\n"
    file.write_text(HEAD + rows, encoding=encoding)
    tried = jixiao("people", "import", file, "--dry-run")
    assert (tried.exit_code, "f-09" in people(engine)) == (0, False)
    assert list(tmp_path.iterdir()) == [file]
    run = jixiao("people", "import", file)
    assert run.exit_code == 0, run.output
    assert people(engine)["f-09"] == {"filler", "dept_head"}
    assert "已有此角色" in run.stdout
    kept = tmp_path / "people-passwords.csv"
    assert kept.stat().st_mode & 0o777 == 0o600
    with kept.open(encoding="utf-8", newline="") as stream:
        passwords = list(csv.DictReader(stream))
    assert [row["username"] for row in passwords] == ["f-09"]
    assert passwords[0]["password"] not in run.output
    with engine.connect() as connection:
        person = connection.execute(text("select name, email, password_hash from person where username = 'f-09'")).one()
    assert (person.name, person.email) == ("填报人", "f@example.cn")
    assert password_matches(person.password_hash, passwords[0]["password"])
    again = jixiao("people", "import", file)
    assert (again.exit_code, "新建" in again.stdout) == (0, False)


def test_one_wrong_row_and_nothing_is_written(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    code, before = unit_code(engine, city), people(engine)
    rows = [
        f"f-09,填报人,,filler,{code}",
        f"f-10,填报人,,boss,{code}",
        "f-11,填报人,,filler,nowhere",
        f"f-12,填报人,no mail,filler,{code}",
        f"sys_admin,系统管理员,,filler,{code}",
        f"f-13,填报人,,finance_budget_office,{code}",
    ]
    file = tmp_path / "people.csv"
    file.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    run = jixiao("people", "import", file)
    assert (run.exit_code, run.stdout, people(engine)) == (2, "", before)
    assert run.stderr.startswith("第 3 行：没有这个角色")
    assert "共 5 行有误" in run.stderr
    assert list(tmp_path.iterdir()) == [file]
    tried = jixiao("--lang", "en", "people", "import", file, "--dry-run")
    assert (tried.exit_code, people(engine)) == (1, before)
    lines = {line.split("│")[1].strip() for line in tried.stdout.splitlines() if "│" in line}
    assert lines == {"2", "3", "4", "5", "6", "7"}
    assert "new account" in tried.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "缺少 username"),
        (HEAD.encode(), "没有内容"),
        (b"username,name\na,b\n", "缺少 email,role,department_code"),
        (HEAD.encode() + b"a,b\n", "第 2 行须有 5 列"),
        (HEAD.encode() + b"a,b,c,d,e,f\n", "第 2 行须有 5 列"),
        (HEAD.encode() + b'"a,b,c,d,e\n', "第 2 行不是有效的 CSV"),
        (b"\xff\xff\xff\xff", "UTF-8"),
        (HEAD.encode() + b"a,b,c\0,d,e\n", "UTF-8"),
        (b"PK\x03\x04\0\0\0\0", "UTF-8"),
    ],
)
def test_what_is_no_such_table_is_one_sentence(
    city: City, jixiao: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    run = jixiao("people", "import", file)
    assert (run.exit_code, run.stdout) == (2, "")
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_passwords_overwrite_no_file(engine: Engine, city: City, jixiao: Run, tmp_path: Path) -> None:
    file, kept = tmp_path / "people.csv", tmp_path / "kept.csv"
    file.write_text(f"{HEAD}f-09,填报人,,filler,{unit_code(engine, city)}\n", "utf-8")
    kept.write_text("mine", "utf-8")
    before = people(engine)
    run = jixiao("people", "import", file, "--passwords", kept)
    assert (run.exit_code, kept.read_text("utf-8"), people(engine)) == (2, "mine", before)


def test_a_token_is_printed_once_and_opens_the_account(engine: Engine, city: City, jixiao: Run) -> None:
    run = jixiao("token", "create", "filler", "--label", "导出程序", "--days", 7)
    assert run.exit_code == 0, run.output
    token = run.stdout.strip()
    with engine.connect() as connection:
        signed_in = by_token(connection, token_hash(token), key=None)
        days = connection.execute(text("select round(extract(epoch from expires_at - now()) / 86400) from api_token"))
        assert int(days.scalar_one()) == 7
        stored = connection.execute(text("select token_hash, label from api_token")).one()
    assert signed_in is not None
    assert signed_in.actor.id == city["filler"].id
    assert (stored.label, token in stored.token_hash) == ("导出程序", False)


@pytest.mark.parametrize("arguments", [["nobody"], ["filler", "--days", "0"], ["filler", "--label", " "], []])
def test_no_token_for_nobody(engine: Engine, city: City, jixiao: Run, arguments: list[str]) -> None:
    run = jixiao("token", "create", *arguments)
    assert (run.exit_code, run.stdout) == (2, "")
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from api_token")).scalar_one() == 0
