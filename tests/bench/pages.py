"""How much a first visit of each page fetches: HTML, style, scripts and icons, compressed, through the real server.

Every page that the application knows is asked for as several accounts and, where it belongs to a form, with a form of
every stage of the demonstration city, by its filler too; what counts is the heaviest answer.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Final

from sqlalchemy import Connection, insert, select, text

from service.api.auth import cookie_name
from service.app import create_app
from service.db import make_engine, session_factory, unit_of_work
from service.demo import load
from service.models.audit import IdempotencyReply
from service.models.people import Person, WebSession
from service.queries.actor import by_username
from service.queries.reports import official_form
from service.security import token_hash
from service.settings import Settings
from service.usecases.request_bulk_import import kept_zip, request_bulk_import
from service.usecases.request_report import request_report
from tests.bench import servers
from tests.bench.figures import Line, show
from tests.workers.zips import form_of, zipped

MOST_KB: Final = 150.0
GOAL_KB: Final = 60.0
ACCOUNTS: Final = (
    "filler",
    "filler2",
    "superior_reviewer",
    "finance_performance_office",
    "finance_budget_office",
    "secrecy_reviewer",
    "sys_admin",
    "audit_admin",
)
# Not pages: probes, figures, files, what pages load, short addresses that lead to one.
_OTHERS: Final = ("/health", "/metrics", "/static", "/api", "/library")
_OTHER_ENDS: Final = ("/file", ".css", ".csv", ".pdf", ".json", ".pem", "/<int:attachment_id>")
_SHORT: Final = ("/", "/deadlines", "/submissions/<int:submission_id>/next")
_ASSET: Final = re.compile(rb'(?:href|src)="(/[^"#]+\.(?:css|js|svg|png|ico)[^"#]*)')
# A form of every stage, each draft that somebody can go on with, and the seed.
_STAGES: Final = text("""
select max(id) as id from submission group by state, level union select max(id) from submission where round = 0
    union select min(id) from submission order by id
""")
_FILLERS: Final = text(
    "select distinct p.username from submission s join person p on p.id = s.created_by where s.id = any(:ids)"
)
_CYCLE: Final = text("select id from cycle where closed_at is null order by id limit 1")
_APPROVED: Final = text("select max(id) from submission where approved_revision_id is not null")
# A batch that was done: its answer is kept under this key.
_BATCH: Final = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_FORM, _RUN, _OTHER = "<int:submission_id>", "<int:run_id>", re.compile(r"<int:(\w+)_id>")


@dataclass(slots=True)
class Weight:
    """The heaviest answer of one page, in bytes: HTML as sent, HTML compressed, everything that it loads compressed."""

    page: str
    account: str = ""
    html: int = 0
    compressed: int = 0
    assets: int = 0

    @property
    def total(self) -> int:
        """A first visit."""
        return self.compressed + self.assets


@dataclass(slots=True)
class Visitor:
    """Fetches pages as one account, and what they load once for all."""

    connection: HTTPConnection
    cookie: str
    seen: dict[str, int] = field(default_factory=dict)

    def weigh(self, path: str, weight: Weight, account: str) -> None:
        """Keep what is heavier than all before; other answers than a page leave no trace."""
        answer = self._get(path)
        if answer is None:
            return
        body, packed = answer
        compressed = len(packed) if packed else len(gzip.compress(body, 6))
        assets = sum(self._asset(found.decode()) for found in set(_ASSET.findall(body)))
        if compressed + assets > weight.total:
            weight.account, weight.html, weight.compressed, weight.assets = account, len(body), compressed, assets

    def _asset(self, path: str) -> int:
        if path not in self.seen:
            answer = self._get(path)
            assert answer is not None, f"{path} is named by a page and not there"
            self.seen[path] = len(answer[1] or answer[0])
        return self.seen[path]

    def _get(self, path: str) -> tuple[bytes, bytes] | None:
        """The body and, where it came so, the compressed body; None for anything but a 200."""
        self.connection.request("GET", path, headers={"Cookie": self.cookie, "Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return None
        if answer.headers.get("Content-Encoding") == "gzip":
            return gzip.decompress(body), body
        return body, b""


def run() -> list[Line]:
    """Measure and print."""
    with servers.postgres() as postgres:
        environ = {"JIXIAO_DEMO": "true"}
        settings = servers.settings_of(postgres.url, port=1, **environ)
        load(settings, now=datetime.now(UTC))
        cookies, stages, run_id = _prepare(settings, postgres.url)
        with servers.service_running(postgres.url, **environ) as (port, _):
            weights = _weigh(port, _pages(settings), cookies=cookies, stages=stages, run_id=run_id)
    _show(weights)
    missing = [weight.page for weight in weights if not weight.total]
    heaviest = max(weights, key=lambda weight: weight.total)
    return [
        Line("pages that nobody was shown", ", ".join(missing) or "none", "none", not missing),
        Line(
            f"heaviest page, first visit: {heaviest.page}",
            f"{heaviest.total / 1000:.1f} KB",
            f"below {MOST_KB:.0f} KB, goal {GOAL_KB:.0f}",
            heaviest.total < MOST_KB * 1000,
        ),
    ]


def _pages(settings: Settings) -> list[str]:
    """The rules of all pages."""
    rules = [rule for rule in create_app(settings).url_map.iter_rules() if "GET" in (rule.methods or ())]
    names = {str(rule) for rule in rules}
    return sorted(
        name for name in names if not name.startswith(_OTHERS) and not name.endswith(_OTHER_ENDS) and name not in _SHORT
    )


def _prepare(settings: Settings, database_url: str) -> tuple[dict[str, str], list[int], int]:
    """A session for each account, a form of each stage, a report and a bulk import that were asked for."""
    engine = make_engine(database_url, pool_size=1, role="bench")
    name = cookie_name(settings)
    with unit_of_work(session_factory(engine)) as session:
        connection = session.connection()
        stages = [int(form) for form in connection.execute(_STAGES).scalars()]
        fillers = connection.execute(_FILLERS, {"ids": stages}).scalars()
        accounts = dict.fromkeys((*ACCOUNTS, *fillers))
        cookies = {account: f"{name}={signed_in_session(connection, account)}" for account in accounts}
        actor = by_username(connection, "finance_performance_office")
        assert actor is not None, "the demonstration has its accounts"
        approved = connection.execute(_APPROVED).scalar_one()
        run_id = request_report(
            session, actor, code=official_form.CODE, params={"submission_id": approved, "format": "pdf"}, language="zh"
        )
        told = {"batch": "pass", "done": [{"id": form} for form in stages], "skipped": [], "back": "/inbox"}
        connection.execute(
            insert(IdempotencyReply).values(person_id=actor.id, key=_BATCH, request_hash="", status=303, response=told)
        )
        filler, cycle = by_username(connection, "filler"), connection.execute(_CYCLE).scalar_one()
        archive = kept_zip(
            settings.home, io.BytesIO(zipped({"form.json": form_of("市教育局")})), name="forms.zip", days=1
        )
        request_bulk_import(session, filler, cycle_id=cycle, archive=archive)
    engine.dispose()
    return cookies, stages, run_id


def signed_in_session(connection: Connection, account: str) -> str:
    """A session of this account; its token is the cookie and the CSRF token alike."""
    token = f"bench-{account}"
    person = select(Person.id).where(Person.username == account).scalar_subquery()
    expires = datetime.now(UTC) + timedelta(hours=1)
    connection.execute(
        insert(WebSession).values(token_hash=token_hash(token), person_id=person, csrf=token, expires_at=expires)
    )
    return token


def _weigh(
    port: int, pages: Sequence[str], *, cookies: dict[str, str], stages: Sequence[int], run_id: int
) -> list[Weight]:
    weights = {page: Weight(page) for page in pages}
    seen: dict[str, int] = {}
    for account, cookie in [("", ""), *cookies.items()]:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        visitor = Visitor(connection, cookie, seen)
        for page in pages:
            for path in _paths(page, stages=stages, run_id=run_id):
                visitor.weigh(path, weights[page], account)
        connection.close()
    return list(weights.values())


def _paths(page: str, *, stages: Sequence[int], run_id: int) -> Iterator[str]:
    if _FORM in page:
        yield from (page.replace(_FORM, str(form)) for form in stages)
    elif _RUN in page:
        yield page.replace(_RUN, str(run_id))
    else:
        yield _OTHER.sub("1", page).replace("<key>", _BATCH)


def _show(weights: Sequence[Weight]) -> None:
    rows = [
        (
            weight.page.replace("int:", ""),
            weight.account,
            *(f"{size / 1000:.1f}" for size in (weight.html, weight.compressed, weight.assets, weight.total)),
        )
        for weight in sorted(weights, key=lambda weight: -weight.total)
    ]
    heads = ("page", "heaviest for", "HTML KB", "HTML gzip", "CSS, JS, icons gzip", "first visit KB")
    show("Pages, first visit", heads, rows)
