"""Pages: one blueprint per screen, thin over the same use cases as the API.

`/submissions/<id>` is one address: `review.py` owns it and hands over to `editor.show(case)` where this person may fill in
the draft, and to `evaluation.show(case)` where they may enter actuals; everybody else reads, and decides in the panel.
"""

from __future__ import annotations

from flask import Blueprint, Flask


def blueprints() -> list[Blueprint]:
    """The screens, in the order of the bar on top. A new screen is a module and a line here."""
    from service.web import assets, sign_in

    modules = (assets, sign_in)
    return [module.blueprint for module in modules]


def register(app: Flask) -> None:
    """Put the pages and their words into an application."""
    from service.web.frame import install

    install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
