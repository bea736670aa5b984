"""The indicator library (指标库): entries that people share, each with its history. Nothing in it is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pypinyin import Style, lazy_pinyin
from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.db import Base
from service.models.columns import BigId, CreatedAt
from workflows.facts import Actor
from workflows.library import Content
from workflows.quantities import folded

_KEPT: Final = (
    "code", "scope", "industry", "department_id", "level1", "level2", "level3", "interpretation", "comparator", "unit",
    "direction", "source", "status", "merged_into_id", "aliases",
)  # fmt: skip
_PREFIXES: Final = {"common": "GX", "industry": "HY", "department": "BM"}
_NOW = text("select clock_timestamp()")
_LOCK_CODES = text("select pg_advisory_xact_lock(hashtextextended('library_codes', 0))")
_LAST_NUMBER = text("""
select coalesce(max(cast(substring(code from '[0-9]+$') as bigint)), 0) from library_entry
where code ~ ('^' || :prefix || '-[0-9]{1,9}$')
""")
_COUNT = text("""
update library_entry e set units = n.units
from (select e.id, count(distinct s.department_id) as units
    from library_entry e cross join unnest(array_prepend(e.level3, e.aliases)) name
        left join revision_indicator i on i.level3 = name
        left join submission s on s.head_revision_id = i.revision_id
            and (e.scope <> 'department' or e.department_id = any(select unnest(d.path) from department d
                where d.id = s.department_id))
    where e.status in ('active', 'retired') group by e.id) n
where e.id = n.id and e.units <> n.units
""")


class LibraryEntry(Base):
    """An indicator that forms may take over.

    `scope`: common (共性), industry (行业, with its name), department (部门: a department and all below it). `status`:
    active, retired, merged (its name is an alias of the entry it went into), suggested, declined. `units` is how many units
    use it in their newest revision, counted by the clock. `version` rises with each change; `library_version` keeps all.
    """

    __tablename__ = "library_entry"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("scope in ('common', 'industry', 'department')", name="scope"),
        CheckConstraint("(scope = 'industry') = (industry is not null)", name="industry"),
        CheckConstraint("(scope = 'department') = (department_id is not null)", name="department"),
        CheckConstraint("status in ('active', 'retired', 'merged', 'suggested', 'declined')", name="status"),
        CheckConstraint("(status = 'merged') = (merged_into_id is not null)", name="merged"),
        CheckConstraint("direction in ('positive', 'reverse', 'neutral')", name="direction"),
        Index(
            "ix_library_entry_search", "search_text", postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"}, postgresql_where="status = 'active'",
        ),
        Index("ix_library_entry_list", "status", "code", "id"),
        Index("ix_library_entry_name", "level3"),
    )  # fmt: skip

    id: Mapped[BigId]
    code: Mapped[str]
    scope: Mapped[str]
    industry: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    level1: Mapped[str]
    level2: Mapped[str]
    level3: Mapped[str]
    interpretation: Mapped[str | None]
    comparator: Mapped[str | None]
    unit: Mapped[str | None]
    direction: Mapped[str]
    source: Mapped[str]
    status: Mapped[str]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("library_entry.id"))
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    search_text: Mapped[str] = mapped_column(Text)
    units: Mapped[int] = mapped_column(default=0, server_default="0")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    suggested_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[CreatedAt]


class LibraryVersion(Base):
    """An entry as it stood after a change: what was done, by whom, when. Written once."""

    __tablename__ = "library_version"

    entry_id: Mapped[int] = mapped_column(ForeignKey("library_entry.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    body: Mapped[dict[str, Any]]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[CreatedAt]


def search_key(text: str) -> str:
    """A name or a query as it is looked for: full-width forms folded, no white space, small letters."""
    return "".join(folded(text).split()).casefold()


def search_text(names: Iterable[str]) -> str:
    """What a search looks through: each name and the initials of its pinyin, one a line."""
    lines = []
    for name in names:
        key = search_key(name)
        initials = "".join(lazy_pinyin(key, style=Style.FIRST_LETTER, errors=lambda other: other)).casefold()
        lines += [key, initials] if initials != key else [key]
    return "\n".join(lines)


def put_content(entry: LibraryEntry, content: Content) -> None:
    """Write what an entry says into its row, with the text that a search looks through."""
    for name in (
        "level1",
        "level2",
        "level3",
        "interpretation",
        "comparator",
        "unit",
        "source",
        "industry",
        "department_id",
    ):
        setattr(entry, name, getattr(content, name))
    entry.scope, entry.direction = content.scope.value, content.direction
    entry.search_text = search_text([content.level3, *(entry.aliases or ())])


def keep(session: Session, entry: LibraryEntry, *, action: str, actor: Actor) -> None:
    """Flush a changed entry and write its version into the history. The caller has raised `version`."""
    entry.updated_by = actor.id
    entry.updated_at = session.execute(_NOW).scalar_one()
    session.add(entry)
    session.flush()
    body = {name: getattr(entry, name) for name in _KEPT}
    session.add(LibraryVersion(entry_id=entry.id, version=entry.version, action=action, body=body, changed_by=actor.id))
    session.flush()


def next_code(session: Session, scope: str) -> str:
    """A code that is free: the prefix of the scope and a number behind all others. The caller's transaction holds the lock."""
    session.execute(_LOCK_CODES)
    prefix = _PREFIXES[scope]
    return f"{prefix}-{session.execute(_LAST_NUMBER, {'prefix': prefix}).scalar_one() + 1:03d}"


def count_units(session: Session) -> None:
    """Count anew how many units use each entry: by its name or an alias of it, in the newest revision of their forms."""
    session.execute(_COUNT)
