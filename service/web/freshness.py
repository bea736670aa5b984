"""Whether a form is still as an open page shows it: the page asks every half a minute, and says so before somebody decides.

Asking is no work: it does not keep a session alive, and it writes nothing.
"""

from __future__ import annotations

from flask import Blueprint, g, request
from werkzeug import Response

from service.api.auth import sign_in_required
from service.api.edge import statements
from service.queries.remarks import last_act
from service.queries.seen import seen, stale
from service.web.formats import moment
from service.web.frame import gettext, label, who
from service.web.replies import json_reply
from workflows.errors import StaleVersion
from workflows.lifecycle import Action

blueprint = Blueprint("freshness", __name__)
sign_in_required(blueprint)


@blueprint.get("/submissions/<int:submission_id>/fresh")
def fresh(submission_id: int) -> Response:
    """`{"same": …, "words": …}` for the version in the address; `words` say what happened to the form meanwhile."""
    g.rests = True
    connection = statements()
    case = seen(connection, who().actor, submission_id=submission_id)
    if request.args.get("version") == str(case.locked.version):
        return json_reply({"same": True, "words": ""})
    words = changed_words(stale(connection, submission_id), last_act(connection, submission_id))
    return json_reply({"same": False, "words": words})


def changed_words(refusal: StaleVersion, action: str | None) -> str:
    """Who did what to a form while somebody else looked at it."""
    unit = f" · {refusal.by_unit}" if refusal.by_unit else ""
    by = f"{label('role', refusal.by_role)}{unit}" if refusal.by_role else ""
    if action == Action.WITHDRAW:
        words = gettext("本单已被%(who)s于 %(at)s 撤回，不能再办理。您写的文字仍在，请刷新后再看。")
    else:
        words = gettext(
            "本单已由%(who)s于 %(at)s 办理（%(what)s），您看到的不是最新内容。您写的文字仍在，请刷新后再审。"
        )
    return words % {"who": by, "at": moment(refusal.at), "what": label("action", action or "")}
