"""Pages: one blueprint per screen, thin over the same use cases as the API.

`/submissions/<id>` is one address: `review.py` owns it and hands over to `editor.editor_page` where this person may fill in
the draft, and to `evaluation.evaluation_page` where they may enter actuals; everybody else reads, and decides in the panel.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from flask import Blueprint, Flask

# The screens: modules of this package, each with a `blueprint`. A new one is a file and a word here.
SCREENS: Final = """
    assets sign_in password help_page inbox submissions review remarks opinions freshness decisions timeline notifications
    account adjustments delegations editor evidence withholding presence evaluation new_form copying handing_in printing
    check_results answering holds attachments
    imports bulk_import reports batch views courtesies next_form
    deadlines admin_departments admin_people admin_evidence admin_cycles admin_routes library admin_library
""".split()


def blueprints() -> list[Blueprint]:
    """The blueprints of the screens."""
    return [cast(Blueprint, import_module(f"{__name__}.{screen}").blueprint) for screen in SCREENS]


def register(app: Flask) -> None:
    """Put the pages, their words and the pages of refusals into an application."""
    from service.web import errors, frame

    frame.install(app)
    errors.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
