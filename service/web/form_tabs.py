"""The ways to look at a form: comparisons, the whole of it, its files, its record. One row of tabs on every such page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.i18n import mark as _
from service.web.frame import gettext
from service.web.review_reading import VIEWS

ATTACHMENTS: Final = "attachments"
REMARKS: Final = "remarks"
TIMELINE: Final = "timeline"
_PAGES: Final = {REMARKS: _("逐项意见"), ATTACHMENTS: _("附件"), TIMELINE: _("流转与证据")}


def tabs_of(
    submission_id: int, views: Sequence[str], *, current: str, counts: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    """The tabs of a form. `current`: a view or a page; `counts`: what there is in each, None where nobody counted."""
    base = f"/submissions/{submission_id}"
    addresses = {**{view: f"{base}?view={view}" for view in views}, **{name: f"{base}/{name}" for name in _PAGES}}
    words = {**VIEWS, **_PAGES}
    return [
        {"href": href, "word": gettext(words[name]), "current": name == current, "count": counts.get(name)}
        for name, href in addresses.items()
    ]
