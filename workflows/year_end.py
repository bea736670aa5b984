"""What stands in the way of handing in an evaluation: its texts and amounts, its score, and what the score lacks."""

from __future__ import annotations

from workflows.check import check_year_end
from workflows.findings import Finding, Severity
from workflows.forms.base import CheckContext, Document, FormType
from workflows.scoring import Score


def year_end_findings(document: Document, form: FormType, scored: Score) -> list[Finding]:
    """Every finding of an evaluation, for the button and the hand-over alike. `scored`: the score of this document."""
    return [*check_year_end(document, CheckContext(form)), *scored.findings, *_unscored(scored)]


def _unscored(scored: Score) -> list[Finding]:
    """What is missing is a finding of its own where no row says so already: nothing is handed in half scored."""
    named = {finding.path.split(".")[0] for finding in scored.findings if finding.blocks}
    return [Finding("S2", Severity.ERROR, path, "scoring_profile") for path in scored.missing if path not in named]
