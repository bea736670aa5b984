"""Sessions and rights (69 to 87): what a request can't be, and what nobody may do in whichever disguise; over pages and the API.

Each is refused with words and changes nothing: the fingerprint of every table is the same afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service.db import unit_of_work
from service.models.delegation import Delegation
from service.security import hash_password
from service.usecases.tokens import create_token
from tests.bad_input.table import expected, key_of, written
from tests.factories import make_draft, make_people
from tests.service.callers import HOST, Caller
from tests.web.conftest import Town, town
from tests.web.visitor import PASSWORD, hidden, sign_in
from workflows.facts import SYSTEM
from workflows.lifecycle import Action, Role

__all__ = ["town"]
pytestmark = pytest.mark.slow

PAGE, API = "page", "API"
DOORS = (PAGE, API)
Tries = Iterator[tuple[str, TestResponse]]
_LEFT_OUT = {"web_session", "presence"}  # when somebody was seen last is no change


@dataclass
class Ward:
    """The town with people in awkward combinations, each with a browser and a program; `mine` is at its first level."""

    town: Town
    form: int
    draft: int
    tokens: tuple[str, str]  # one that has expired, one that was revoked
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)

    def browser(self, who: str) -> FlaskClient:
        if who not in self.browsers:
            self.browsers[who] = sign_in(self.town.app.test_client(), who)
        return self.browsers[who]

    def caller(self, who: str) -> Caller:
        if who not in self.callers:
            self.callers[who] = Caller(self.town.app).as_(who, PASSWORD)
        return self.callers[who]

    def token(self, who: str) -> str:
        """The token that the pages of this person carry."""
        return hidden(self.browser(who).get("/account"), "csrf_token")

    def both(self, who: str, **asked: object) -> Tries:
        """The same step of the form at both doors."""
        asked = {"version": self.town.version(self.form), **asked}
        page = {"csrf_token": self.token(who), **asked}
        yield PAGE, self.browser(who).post(f"/submissions/{self.form}/actions", data=page)
        yield API, self.caller(who).post(f"/api/v1/submissions/{self.form}/actions", asked)

    def everything(self) -> list[tuple[object, ...]]:
        """A fingerprint of every table."""
        with unit_of_work(self.town.factory) as session:
            names = session.execute(text("select tablename from pg_tables where schemaname = 'public' order by 1"))
            tables = [name for name in names.scalars() if name not in _LEFT_OUT]
            one = "select '{0}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {0} t"
            all_ = " union all ".join(one.format(name) for name in tables)
            return [tuple(row) for row in session.execute(text(all_))]


@pytest.fixture(scope="module")
def ward(town: Town) -> Ward:
    city = town.city
    roles = {
        "twin": {"dept_head": city.unit},  # a second account of the filler
        "both": {"filler": city.unit, "dept_head": city.unit},  # typed into the form
        "stand_in": {"observer": city.bureau, "filler": city.unit},  # lent the head's role by `both`
        "orphan": {"filler": city.below},  # lent a role that its owner has lost
        "colleague": {"finance_performance_office": city.bureau},
    }
    with unit_of_work(town.factory) as session:
        city.people.update(make_people(session, roles))
        session.execute(text("update person set password_hash = :hash"), {"hash": hash_password(PASSWORD)})
        pair = {"one": city["filler"].id, "twin": city["twin"].id}
        session.execute(text("update person set same_person_as_id = :one where id = :twin"), pair)
        typed = {"form": town.forms["mine"], "who": city["both"].id}
        session.execute(
            text("insert into draft_editor (submission_id, person_id, kind) values (:form, :who, 'target')"), typed
        )
        now = datetime.now(UTC)
        for owner, to, role, where in (
            ("both", "stand_in", Role.DEPT_HEAD, city.unit),
            ("finance_business_office", "orphan", Role.FINANCE_PERFORMANCE_OFFICE, city.bureau),  # never held
        ):
            days = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
            people = {"person_id": city[owner].id, "delegate_id": city[to].id, "set_by": city[owner].id}
            session.add(Delegation(**people, **days, role=role, department_id=where, reason="x"))
        # A draft of the next year, for what is typed.
        session.execute(text("update cycle set fiscal_year = 2030"))
        draft = make_draft(session, city)
        session.execute(text("update cycle set fiscal_year = 2022"))
        one = city["filler"].id or 0
        old, gone = (create_token(session, SYSTEM, person_id=one, label=name).token for name in ("old", "gone"))
        session.execute(text("update api_token set expires_at = now() - interval '1 second' where label = 'old'"))
        session.execute(text("update api_token set revoked_at = now() where label = 'gone'"))
    made = Ward(town, town.forms["mine"], draft, (old, gone))
    for who in (*roles, *city.people):
        made.browser(who), made.caller(who)
    return made


# What a request is: letter E of the guide


def no_token(ward: Ward) -> Tries:
    """No CSRF token, an empty one, somebody else's, and bodies that need no preflight."""
    asked = {"action": "pass", "version": ward.town.version(ward.form)}
    path = f"/submissions/{ward.form}/actions"
    for token in (None, "", "x", ward.token("filler2")):
        data = {**asked, **({"csrf_token": token} if token is not None else {})}
        yield PAGE, ward.browser("dept_head").post(path, data=data)
        yield PAGE, ward.browser("dept_head").post(path, data=b"action=pass&version=2", content_type="text/plain")
        program = ward.caller("dept_head")
        genuine, program.csrf = program.csrf, token
        yield API, program.post(f"/api/v1{path}", asked)
        yield API, program.send("POST", f"/api/v1{path}", data=b"{}", content_type="text/plain")
        program.csrf = genuine


def other_method(ward: Ward) -> Tries:
    """A POST that says it is a DELETE, where only GET or DELETE is at home."""
    tricks = ({"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "GET"}, {"X-HTTP-Method": "GET"})
    for headers in tricks:
        data = {"csrf_token": ward.token("filler"), "_method": "DELETE"}
        yield PAGE, ward.browser("filler").post(f"/submissions/{ward.form}", data=data, headers=headers)
        yield API, ward.caller("filler").post(f"/api/v1/submissions/{ward.form}?_method=GET", {}, headers=headers)


def unknown_methods(ward: Ward) -> Tries:
    """TRACE and its like on every address."""
    for rule in ward.town.app.url_map.iter_rules():
        door = API if rule.rule.startswith("/api/") else PAGE
        for method in ("TRACE", "PROPFIND", "CONNECT", "BREW"):
            yield door, ward.browser("filler").open(address(rule, ward.form), method=method)


def forged_tokens(ward: Ward) -> Tries:
    """A bearer token that says `none` for its signature, is another kind, has expired or was revoked."""
    old, gone = ward.tokens
    none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXNfYWRtaW4ifQ."
    for token in (none, old, gone, old[:-1], "", "x" * 5000, "null"):
        program = Caller(ward.town.app)
        program.token = token
        yield API, program.post(f"/api/v1/submissions/{ward.form}/actions", {"action": "pass", "version": 2})
        yield API, program.send("GET", "/api/v1/inbox", headers={"Authorization": f"Basic {token}"})


def odd_paths(ward: Ward) -> Tries:
    """Climbing out, encoded twice, cut by a semicolon, bytes that are no text, numbers that are none."""
    odd = (
        "..%2f",
        "%2e%2e/%2e%2e/etc/passwd",
        "%252e%252e",
        "1;admin=1",
        "%ff%fe",
        "%c0%ae",
        "1%00",
        "-1",
        "0",
        "٣",
        "1e3",
    )
    for part in odd:
        yield PAGE, ward.browser("filler").get(f"/submissions/{part}")
        yield PAGE, ward.browser("filler").get(f"/static/{part}")
        yield API, ward.caller("filler").get(f"/api/v1/submissions/{part}")


# Who asks: letter F of the guide


def another_unit(ward: Ward) -> Tries:
    """Everything that the unit can ask, replayed by the filler of another unit with the same ids: what is not there for them."""
    for rule in ward.town.app.url_map.iter_rules():
        if not rule.arguments or rule.rule.startswith(("/static", "/api/docs")):
            continue
        door = API if rule.rule.startswith("/api/") else PAGE
        for method in sorted(set(rule.methods or ()) & {"GET", "POST", "PATCH", "DELETE"}):
            theirs, nothing = (
                _replayed(ward, rule, method, form, ids) for form, ids in ((ward.form, 1), (999_999, 999_999))
            )
            assert theirs.status_code == nothing.status_code, f"{method} {rule.rule} tells that it is there"
            yield door, theirs


def _replayed(ward: Ward, rule: Rule, method: str, form: int, ids: int) -> TestResponse:
    path = address(rule, form, ids)
    if rule.rule.startswith("/api/"):
        body = {"action": "withdraw", "version": 2, "section": "overall_goal", "value": "x", "base_version": 1}
        return ward.caller("filler2").send(method, path, json=body if method != "GET" else None)
    data = {"csrf_token": ward.token("filler2"), "version": "2", "action": "withdraw", "comment": "x"}
    return ward.browser("filler2").open(path, method=method, data=data if method == "POST" else None)


def ids_in_bodies(ward: Ward) -> Tries:
    """The other unit's department, cycle, people and forms where a body names them."""
    city, token = ward.town.city, ward.token("filler2")
    page, program = ward.browser("filler2"), ward.caller("filler2")
    yield API, program.post("/api/v1/submissions", {"department_id": city.unit, "cycle_id": city.cycle})
    yield PAGE, page.post("/submissions/new", data={"csrf_token": token, "where": f"{city.cycle}:{city.unit}"})
    report = {"code": "official_form", "params": {"submission_id": ward.form}}
    yield API, program.post("/api/v1/reports", report)
    yield PAGE, page.post("/reports", data={"csrf_token": token, "code": "official_form", "submission_id": ward.form})
    lent = {
        "role": "dept_head",
        "department_id": city.unit,
        "starts_on": "2099-01-01",
        "ends_on": "2099-01-02",
        "reason": "x",
    }
    for person in (city["dept_head"].id, city["filler"].id):
        yield API, program.post("/api/v1/delegations", {**lent, "delegate_id": person})
        yield PAGE, page.post("/account/delegations", data={"csrf_token": token, **lent, "delegate_id": person})


def mass_assignment(ward: Ward) -> Tries:
    """Columns of tables among the fields of a step and of a section."""
    mine = {"state": "approved", "role": "sys_admin", "unit_id": 1, "department_id": 1, "classified": False, "level": 5}
    mine |= {
        "approved_by": 1,
        "head_hash": "x",
        "person_id": 1,
        "created_by": 1,
        "seat": 1,
        "round": 9,
        "on_behalf_of": 1,
    }
    for name, value in mine.items():
        step = {"action": "pass", "version": ward.town.version(ward.form), name: value}
        yield API, ward.caller("dept_head").post(f"/api/v1/submissions/{ward.form}/actions", step)
        edit = {"section": "overall_goal", "value": "x", "base_version": 1, name: value}
        yield API, ward.caller("filler").patch(f"/api/v1/submissions/{ward.draft}", edit)
    # A page ignores what it does not know; a step that is refused for another reason shows that none of it was taken.
    step = {"action": "pass", "version": 1, "csrf_token": ward.token("dept_head"), **mine}
    yield PAGE, ward.browser("dept_head").post(f"/submissions/{ward.form}/actions", data=step)


def own_version(ward: Ward) -> Tries:
    """Forged, stale and replayed: versions that are none, that were, that will be."""
    now = ward.town.version(ward.form)
    for version in (now - 1, now + 1, 0, -1, 2**31, 2**63 - 1, "", "x", "2.0", None):
        yield from ward.both("dept_head", action="pass", version=version if version is not None else "")


def no_such_step(ward: Ward) -> Tries:
    """Actions that are none, that are nobody's, or that have a door of their own."""
    for action in ("approve", "amend", "PASS", "pass ", "", "edit", "skip_level", "create", "escalate"):
        yield from ward.both("dept_head", action=action, comment="x")


def readers_who_write(ward: Ward) -> Tries:
    """Roles that see the form, or do not, and decide nothing of it: every step that a reviewer knows."""
    for who in ("external_expert", "observer", "secrecy_reviewer", "filler", "finance_budget_office"):
        for action in (Action.PASS, Action.RETURN_FOR_REVISION, Action.REJECT, Action.ISSUE_REPLY, Action.UNDO_PASS):
            words = {"comment": "x", "reply_number": "1号", "reply_date": "2022-02-10"}
            yield from ward.both(who, action=action.value, **words)


def administrators(ward: Ward) -> Tries:
    """The three administrators: business data is not there for them, at any step."""
    for who in ("sys_admin", "sec_admin", "audit_admin"):
        for path in ("", "/timeline", "/check"):
            yield PAGE, ward.browser(who).get(f"/submissions/{ward.form}{path}")
        for path in ("", "/events", "/revisions", "/findings"):
            yield API, ward.caller(who).get(f"/api/v1/submissions/{ward.form}{path}")
        for action in (Action.PASS, Action.RETURN_FOR_REVISION, Action.WITHDRAW):
            yield from ward.both(who, action=action.value, comment="x")


def own_approval(ward: Ward) -> Tries:
    """The filler passes their own form: with the account, a second account, as head who typed, through a delegate of such."""
    for who in ("filler", "twin", "both", "stand_in"):
        yield from ward.both(who, action="pass")


def own_colleague(ward: Ward) -> Tries:
    """The head asks somebody to sign or to take over who prepared the form, has another desk, or is nobody."""
    city = ward.town.city
    for who in ("filler", "twin", "both", "dept_head", "sys_admin", "filler2"):
        yield from ward.both("dept_head", action="add_signer", to_person=city[who].id, position="beside")
        yield from ward.both("dept_head", action="hand_over", to_person=city[who].id)
    for person in (0, -1, 999_999, 2**63 - 1, "x"):
        yield from ward.both("dept_head", action="hand_over", to_person=person)


def lent_on(ward: Ward) -> Tries:
    """A delegate lends on what was lent, a filler lends a head's role, somebody lends to themselves."""
    city = ward.town.city
    cases = (
        ("stand_in", "dept_head", "filler"),
        ("filler", "dept_head", "both"),
        ("dept_head", "dept_head", "dept_head"),
    )
    for who, role, to in cases:
        given = {"role": role, "department_id": city.unit, "delegate_id": city[to].id, "reason": "x"}
        days = {"starts_on": "2099-01-01", "ends_on": "2099-01-02"}
        token = ward.token(who)
        yield PAGE, ward.browser(who).post("/account/delegations", data={**given, **days, "csrf_token": token})
        yield API, ward.caller(who).post("/api/v1/delegations", {**given, **days})


def lost_role(ward: Ward) -> Tries:
    """A delegation outlives the role of who gave it: what its owner has not, its delegate has not."""
    yield from ward.both("orphan", action="pass")
    yield API, ward.caller("orphan").get(f"/api/v1/submissions/{ward.form}")


KINDS: tuple[tuple[int, str, Callable[[Ward], Tries]], ...] = (
    (69, "a write without its token", no_token),
    (70, "a method in disguise", other_method),
    (74, "forged and old bearer tokens", forged_tokens),
    (77, "methods that are none", unknown_methods),
    (78, "odd paths", odd_paths),
    (80, "ids of another unit in the address", another_unit),
    (80, "ids of another unit in the body", ids_in_bodies),
    (81, "columns among the fields", mass_assignment),
    (82, "a step by who only reads", readers_who_write),
    (83, "one's own form in every disguise", own_approval),
    (83, "a signer who prepared it", own_colleague),
    (83, "a role lent on", lent_on),
    (83, "a version that is not the form's", own_version),
    (83, "a step that is none", no_such_step),
    (84, "a delegation without its role", lost_role),
    (87, "administrators at business data", administrators),
)
_REFUSALS = {400, 401, 403, 404, 405, 409, 413, 415, 422, 431}


def address(rule: Rule, form: int, ids: int = 1) -> str:
    """The rule with this form, and these ids in its other places."""
    path = rule.rule
    for name in rule.arguments:
        value = str(form) if name == "submission_id" else str(ids)
        path = path.replace(f"<int:{name}>", value).replace(f"<{name}>", value)
    return path


def _leads_home(reply: TestResponse) -> bool:
    """A message or a kept view of somebody else, or of nobody, leads to the list of one's own."""
    return reply.status_code == 303 and re.fullmatch(r"/[a-z]+", reply.headers["Location"]) is not None


@pytest.mark.parametrize(("number", "name", "tries"), KINDS, ids=lambda value: value if isinstance(value, str) else "")
def test_it_is_refused_and_nothing_changes(ward: Ward, number: int, name: str, tries: Callable[[Ward], Tries]) -> None:
    answers: dict[str, set[str]] = {}
    before = ward.everything()
    for door, reply in tries(ward):
        said = f"{reply.request.method} {reply.request.path}: {reply.status_code} {reply.text[:300]}"
        assert reply.status_code in _REFUSALS or _leads_home(reply), said
        assert "detail" in reply.text or "<h1" in reply.text or reply.request.method == "HEAD", said
        assert "Traceback" not in reply.text, said
        answers.setdefault(door, set()).add(str(reply.status_code))
        now = ward.everything()
        assert now == before, f"{said} {set(now) ^ set(before)}"
    row = written(key_of(number, name), DOORS, {door: sorted(found) for door, found in answers.items()})
    assert expected().get(key_of(number, name)) == row, f"README.md should say:\n{row}"


WAYS = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
)


@pytest.mark.parametrize("where", WAYS)
def test_no_form_leads_away(ward: Ward, where: str) -> None:
    """72: whatever a form says about where to go on, it is this site."""
    token = ward.token("filler")
    for path in ("/language", "/sign-in", "/notifications/read", "/views"):
        for name in ("next", "back", "return_to", "url"):
            data = {"csrf_token": token, name: where, "language": "zh", "username": "filler", "password": PASSWORD}
            client = ward.town.app.test_client() if path == "/sign-in" else ward.browser("filler")
            reply = client.post(path, data=data, headers={"Referer": f"http://localhost/{where}"})
            target = reply.headers.get("Location", "/")
            assert target.startswith("/"), (path, name, target)
            assert not target.startswith(("//", "/\\", "/\t", "/%09")), (path, name, target)


@pytest.mark.parametrize(
    "forged",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "http", "X-Forwarded-For": "evil.example", "Forwarded": "host=evil.example"},
        {"X-Original-URL": "/admin/people", "X-Rewrite-URL": "/admin/people"},
    ],
    ids=str,
)
def test_a_forged_host_is_nowhere_in_an_answer(ward: Ward, forged: dict[str, str]) -> None:
    """75: links, redirects and cookies are made of nothing that a client says about the site."""
    get = partial(ward.caller("filler").client.get, base_url=HOST)
    for path in ("/inbox", f"/submissions/{ward.form}", "/account", "/api/openapi.json", "/nothing", "/sign-in"):
        reply = get(path, headers=forged)
        assert reply.status_code < 500, path
        assert "evil.example" not in reply.text, path
        assert "evil.example" not in str(reply.headers), path
        assert "账号管理" not in reply.text, path
        reply.close()


def test_the_second_of_two_decisions_gets_the_first_one_s_answer(ward: Ward) -> None:
    """A decision on a form that changed meanwhile: refused with who was first, and a replay of the first does nothing more."""
    version = ward.town.version(ward.form)
    asked: dict[str, Any] = {"action": "pass", "version": version}
    key = {"Idempotency-Key": "once-and-for-all"}
    path = f"/api/v1/submissions/{ward.form}/actions"
    assert ward.caller("dept_head").post(path, asked, headers=key).status_code == 200
    before = ward.everything()
    again = ward.caller("dept_head").post(path, asked, headers=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    for door, reply in ward.both("finance_business_office", **asked):
        assert reply.status_code == 409, (door, reply.text)
        assert "部门负责人" in reply.text, (door, reply.text)
    other = ward.caller("dept_head").post(path, {**asked, "comment": "x"}, headers=key)
    assert other.status_code == 422
    stolen = ward.caller("finance_business_office").post(path, asked, headers=key)
    assert stolen.status_code == 409, "a key is its owner's"
    assert ward.everything() == before
