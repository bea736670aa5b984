"""Fields of remarks in the form of the decision: what was typed, as the use case takes it, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from service.queries.remarks import Remark
from service.usecases.keep_remarks import Given

REMARK: Final = "remark:"
SUGGESTS: Final = "suggest:"
FIELD: Final = "field:"
PROPOSED: Final = "proposed:"
MOST: Final = 500  # a page has one box for each row of a form


def given_of(form: Mapping[str, str]) -> dict[str, Given]:
    """What stands in the boxes of a page, by path; an empty one takes its remark back."""
    paths = [name.removeprefix(REMARK) for name in form if name.startswith(REMARK)][:MOST]
    return {
        path: Given(
            body=form[REMARK + path].replace("\r\n", "\n"),
            suggests=form.get(SUGGESTS + path) == "yes",
            field=form.get(FIELD + path) or None,
            proposed=form.get(PROPOSED + path) or None,
        )
        for path in paths
    }


def typed_of(pending: Iterable[Remark], words: str) -> dict[str, str]:
    """What is kept back, as the fields of the page."""
    fields = {"comment": words} if words else {}
    for one in pending:
        path = one.path or ""
        fields[REMARK + path] = one.body
        if one.kind == "suggestion":
            fields |= {SUGGESTS + path: "yes", FIELD + path: one.field or "", PROPOSED + path: one.proposed or ""}
    return fields
