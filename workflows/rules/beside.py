"""The rules that look beside the document: last year, the unit's own units, other units' targets, the control figure."""

from typing import Final

from workflows.forms.base import Check
from workflows.rules.amounts import a5
from workflows.rules.ceiling import a35
from workflows.rules.comparison import a18, a19
from workflows.rules.last_year import a20, a22
from workflows.rules.peers import a23

BESIDE: Final[frozenset[Check]] = frozenset({a5, a18, a19, a20, a22, a23, a35})
