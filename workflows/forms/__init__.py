"""The form types, by id. A new one is a file beside these and a line here.

A form names its checks, and checks know documents, which know what a form is made of: so forms are read on first use.
"""

from functools import cache
from importlib import import_module

from workflows.forms.base import FormType

_MODULES = {
    "department_overall@2022": "workflows.forms.department_overall_2022",
    "project@2022": "workflows.forms.project_2022",
}


@cache
def form_type(form_id: str) -> FormType:
    """The form type of an id such as department_overall@2022. Raises KeyError when there is none."""
    form: FormType = import_module(_MODULES[form_id]).FORM
    return form


def form_types() -> tuple[FormType, ...]:
    """Every form type, in the order of the list."""
    return tuple(form_type(form_id) for form_id in _MODULES)
