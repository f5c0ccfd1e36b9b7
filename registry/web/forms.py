"""What a failed form says: the words for whoever filled it in, and the status that goes with them."""

from dataclasses import dataclass

from pydantic import ValidationError

from designs.errors import DesignError
from registry.api.problems import problem_of
from registry.errors import RegistryError
from registry.web.languages import _

FORM_ERRORS = (RegistryError, DesignError, ValidationError)
"""What a form can be blamed for. Anything else is a fault of the registry and gets the error page."""


@dataclass(frozen=True)
class FormProblem:
    status: int
    words: str


def form_problem(error: RegistryError | DesignError | ValidationError) -> FormProblem:
    """Words for the form's head."""
    if isinstance(error, ValidationError):
        return FormProblem(422, "; ".join(_of_field(item["loc"], item["msg"]) for item in error.errors()[:5]) + ".")
    told = problem_of(error)
    return FormProblem(told.status, _sentence(told.detail))


def _of_field(place: tuple[int | str, ...], message: str) -> str:
    name = str(place[0]).replace("_", " ") if place else _("the form")
    return _sentence(f"{name}: {message[:1].lower()}{message[1:]}").rstrip(".")


def _sentence(words: str) -> str:
    whole = words[:1].upper() + words[1:]
    return whole if whole.endswith((".", "!", "?")) else f"{whole}."
