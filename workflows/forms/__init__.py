"""The form types, by code and layout year. A new one is a file beside these and a line here."""

from workflows.forms.base import FormType
from workflows.forms.department_overall_2022 import DEPARTMENT_OVERALL_2022

FORM_TYPES: dict[tuple[str, int], FormType] = {(form.code, form.version): form for form in (DEPARTMENT_OVERALL_2022,)}
_BY_ID = {form.id: form for form in FORM_TYPES.values()}


def form_type(form_id: str) -> FormType:
    """The form type of an id such as department_overall@2022. Raises KeyError when there is none."""
    return _BY_ID[form_id]
