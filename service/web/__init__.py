"""Pages: one blueprint per screen, thin over the same use cases as the API.

`/submissions/<id>` is one address: `review.py` owns it and hands over to `editor.editor_page` where this person may fill in
the draft, and to `evaluation.evaluation_page` where they may enter actuals; everybody else reads, and decides in the panel.
"""

from __future__ import annotations

from flask import Blueprint, Flask


def blueprints() -> list[Blueprint]:
    """The screens. A new one is a module and a line here."""
    from service.web import (
        account,
        admin_cycles,
        admin_departments,
        admin_people,
        assets,
        check_results,
        deadlines,
        decisions,
        editor,
        evaluation,
        handing_in,
        help_page,
        holds,
        imports,
        inbox,
        new_form,
        notifications,
        password,
        printing,
        reports,
        review,
        sign_in,
        submissions,
        timeline,
    )

    modules = (
        assets,
        sign_in,
        password,
        help_page,
        inbox,
        submissions,
        review,
        decisions,
        timeline,
        notifications,
        account,
        editor,
        evaluation,
        new_form,
        handing_in,
        printing,
        check_results,
        holds,
        imports,
        reports,
        deadlines,
        admin_departments,
        admin_people,
        admin_cycles,
    )
    return [module.blueprint for module in modules]


def register(app: Flask) -> None:
    """Put the pages, their words and the pages of refusals into an application."""
    from service.web import errors, frame

    frame.install(app)
    errors.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
