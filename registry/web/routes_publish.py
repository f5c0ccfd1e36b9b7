"""Publishing from an upload, and forking: how members bring designs in by the page."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from designs.engines.interface import ENGINE_OF_SUFFIX, engine_for
from designs.errors import DesignError
from registry.actions.licences import read_bounds
from registry.actions.members import list_namespaces
from registry.api.deps import Parts
from registry.core.forking import may_fork
from registry.core.licence_bonds import Judgement, fitting
from registry.core.permissions import Caller
from registry.errors import Invalid, RegistryError
from registry.ids import VersionName, design_name, parse_version
from registry.parts import State
from registry.web.design_page import Head, Pinned
from registry.web.forms import form_problem
from registry.web.languages import _
from registry.web.licence_words import known_licences
from registry.web.pages import SignedIn, render, see_other
from registry.work import archives, publishing
from registry.work.publishing import Release, ScriptFacts

router = APIRouter(include_in_schema=False)

CHUNK = 1 << 20
LONGEST_NOTE = 10_000
MOST_DESCRIPTION = 4000


class PublishForm(BaseModel):
    """What somebody typed, and what they uploaded."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    upload: UploadFile | None = None
    namespace: str = ""
    name: str = ""
    version: str = "1.0.0"
    licence: str = ""
    other_licence: str = ""
    description: str = ""
    changelog: str = ""

    def release(self) -> Release:
        """Raises Invalid for what is no name or version."""
        return Release(
            VersionName(design_name(self.namespace, self.name), str(parse_version(self.version.strip()))),
            self.changelog.strip()[:LONGEST_NOTE],
            script=ScriptFacts(
                (self.other_licence.strip() or self.licence) or None, self.description.strip()[:MOST_DESCRIPTION]
            ),
        )


class ForkForm(BaseModel):
    namespace: str = ""
    name: str = ""
    version: str = ""


@router.get("/publish")
async def publish_page(
    request: Request, parts: Parts, looker: SignedIn, namespace: str = "", name: str = ""
) -> Response:
    """The form. The address can name the design that gets a new version."""
    return await _publish_form(request, parts, looker, PublishForm(namespace=namespace or looker.name, name=name))


@router.post("/publish")
async def publish(request: Request, parts: Parts, looker: SignedIn, form: Annotated[PublishForm, Form()]) -> Response:
    """Publish what was uploaded, and go to its page."""
    try:
        if form.upload is None or not form.upload.filename:
            raise Invalid(_("Choose the file to publish: an archive of the design's folder, or a single file"))
        release, upload = form.release(), _pieces(form.upload)
        view = await archives.publish_upload(parts, looker, release, upload, file_name=_script_name(form.upload))
    except (RegistryError, DesignError) as error:
        told = form_problem(error)
        return await _publish_form(request, parts, looker, form, problem=told.words, status=told.status)
    return see_other(f"/designs/{view.name.design}/versions/{view.name.version}")


@router.get("/designs/{namespace}/{name}/versions/{version}/fork")
async def fork_page(request: Request, parts: Parts, looker: SignedIn, head: Pinned) -> Response:
    """Where the fork shall live."""
    name = head.version.name
    form = ForkForm(namespace=looker.name, name=name.design.name, version=name.version)
    return await _fork_form(request, parts, looker, head, form=form)


@router.post("/designs/{namespace}/{name}/versions/{version}/fork")
async def fork(
    request: Request, parts: Parts, looker: SignedIn, head: Pinned, form: Annotated[ForkForm, Form()]
) -> Response:
    """Begin a design of one's own, and go to its page."""
    try:
        wanted = VersionName(design_name(form.namespace, form.name), str(parse_version(form.version.strip())))
        view = await publishing.fork(parts, looker, head.version, wanted)
    except (RegistryError, DesignError) as error:
        told = form_problem(error)
        return await _fork_form(request, parts, looker, head, form=form, problem=told.words, status=told.status)
    return see_other(f"/designs/{view.name.design}")


async def _publish_form(
    request: Request, parts: State, looker: Caller, form: PublishForm, *, problem: str | None = None, status: int = 200
) -> Response:
    bounds = await _bounds(parts, form)
    return render(
        request,
        "design/publish.html",
        status=status,
        problem=problem,
        form=form,
        namespaces=await _namespaces(parts, looker),
        licences=known_licences(),
        bounds=bounds,
        possible=fitting(each.bound for each in bounds.each) if bounds else (),
        most_mib=parts.settings.max_archive_bytes >> 20,
        suffixes=sorted(ENGINE_OF_SUFFIX),
    )


async def _fork_form(
    request: Request,
    parts: State,
    looker: Caller,
    head: Head,
    *,
    form: ForkForm,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    return render(
        request,
        "design/fork.html",
        status=status,
        problem=problem,
        form=form,
        view=head.view,
        version=head.version,
        may_fork=may_fork(head.version.licence, recalled=head.version.recalled is not None),
        namespaces=await _namespaces(parts, looker),
    )


async def _bounds(parts: State, form: PublishForm) -> Judgement | None:
    """What has a say in the licence of the design that is named, if there is such a design."""
    try:
        named = design_name(form.namespace, form.name)
    except RegistryError:
        return None
    return await parts.db.read(lambda connection: read_bounds(connection, named))


async def _namespaces(parts: State, looker: Caller) -> list[tuple[str, str]]:
    found = await parts.db.read(lambda connection: list_namespaces(connection, looker.member))
    return [(each.name, each.name) for each in found]


def _script_name(upload: UploadFile) -> str | None:
    """A script or file of geometry keeps its own name; archives have names inside."""
    name = (upload.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return name if engine_for(name) is not None else None


async def _pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    while piece := await upload.read(CHUNK):
        yield piece
