"""The frame of every page: language, navigation by role, counts, CSRF token, hashed assets, and the words of templates.

A view returns `page("inbox.html", rows=…)`. Nothing in a page asks another host for anything.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from flask import Flask, Response, current_app, g, has_request_context, make_response, render_template, request
from jinja2 import StrictUndefined
from sqlalchemy import Connection, event

from service.i18n import LANGUAGES, SOURCE, html_language, translations
from service.queries.actor import SignedIn
from service.queries.frame import Masthead, masthead
from service.web import formats
from service.web.navigation import Entry, entries
from service.web.words import by_script, latin
from workflows import catalogue
from workflows.findings import place
from workflows.forms import form_type
from workflows.sums import sum_of
from workflows.units import unit_names

BUILT: Final = Path(__file__).parents[1] / "built"
LANGUAGE_COOKIE: Final = "jixiao_language"
LANGUAGE_SECONDS: Final = 365 * 24 * 3600
PER_PAGE: Final = 20


@cache
def manifest() -> dict[str, str]:
    """Names of the front-end build by their plain names."""
    return cast(dict[str, str], json.loads((BUILT / "manifest.json").read_text("utf-8")))


def asset(name: str) -> str:
    """The address of a built file, which changes with its content."""
    return f"/static/{manifest()[name]}"


def signed_in() -> SignedIn | None:
    """Whoever asks, None before sign-in."""
    return cast(SignedIn | None, g.get("signed_in"))


def who() -> SignedIn:
    """Whoever asks, on pages that no visitor reaches."""
    found = signed_in()
    assert found is not None, "the page is public"
    return found


def language() -> str:
    """The language of this reply: `?lang=`, the person's choice, the cookie of a visitor, what the browser asks for."""
    if "language" not in g:
        who = signed_in()
        chosen = (request.args.get("lang"), who and who.actor.language, request.cookies.get(LANGUAGE_COOKIE))
        wanted = next((code for code in chosen if code in LANGUAGES), None)
        g.language = wanted or request.accept_languages.best_match(LANGUAGES, default=SOURCE)
    return cast(str, g.language)


def gettext(message: str) -> str:
    """A word of the page chrome in the language of this reply."""
    return translations(language()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The same with a number in it."""
    return translations(language()).ngettext(singular, plural, count)


def label(kind: str, code: str) -> str:
    """The word for a code of the catalogue in the language of this reply; a draft may hold any text instead of a code."""
    return catalogue.texts(language()).get(f"label.{kind}.{code}", str(code))


def sentence(key: str, **params: object) -> str:
    """A sentence of the catalogue in the language of this reply."""
    return catalogue.sentence(key, language(), **params)


def page(template: str, *, status: int = 200, **values: Any) -> Response:  # noqa: ANN401  # whatever a template shows
    """A page in its frame. Signed-in pages are never stored, because offices share computers."""
    head = _masthead()
    text = render_template(template, **_frame_values(head), **values)
    response = make_response(text, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = html_language(language())
    response.vary.update({"Cookie", "Accept-Language", "HX-Request"})
    return response


def _masthead() -> Masthead | None:
    """What the bar on top shows. An error page asks nothing of a database that may be the error.

    It is read over the connection that the view still holds, if it does: the pool has one for each thread, and threads
    that hold one while they wait for a second would wait for each other.
    """
    if g.get("without_database"):
        return None
    who = signed_in()
    held = cast(Connection | None, g.get("connection"))
    if held is not None and not held.closed:
        return masthead(held, who.actor.id if who else None)
    with current_app.extensions["jixiao"].engine.connect() as connection:
        return masthead(connection, who.actor.id if who else None)


def _hold(connection: Connection) -> None:
    """Remember the connection that this request took last."""
    if has_request_context():
        g.connection = connection


def _frame_values(head: Masthead | None) -> dict[str, Any]:
    who, settings = signed_in(), current_app.extensions["jixiao"].settings
    return {
        "lang": language(),
        "html_lang": html_language(language()),
        "other_language": "en" if language() == SOURCE else SOURCE,
        "who": who,
        "csrf": who.csrf if who else None,
        "head": head,
        "region": (head.region if head else None) or settings.region or "",
        "demo": settings.demo,
        "nav": _navigation(who, head),
        "now": formats.now(),
    }


def _navigation(who: SignedIn | None, head: Masthead | None) -> list[Entry]:
    if who is None or who.must_change_password:
        return []
    return entries(who.actor, path=request.full_path.rstrip("?"), todo=head.todo if head else 0)


def install(app: Flask) -> None:
    """Prepare the templates of an application: words, formats, assets. Called by `service.web.register`."""
    event.listen(app.extensions["jixiao"].engine, "engine_connect", _hold)
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.undefined = StrictUndefined
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        asset=asset,
        label=label,
        sentence=sentence,
        latin=latin,
        by_script=by_script,
        place=lambda path: place(path, language()),
        form_type=form_type,
        sum_of=sum_of,
        form_name=lambda form: label("form_short", form.partition("@")[0]),
        unit_names=unit_names,
        **{
            name: getattr(formats, name)
            for name in "state_chip due span form_number change_rate difference total".split()
        },
    )
    names = "browser moment short_moment day weekday money figure signed large record_number short_hash"
    env.filters.update({name: getattr(formats, name) for name in names.split()})
