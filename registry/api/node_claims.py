"""Claims that wait: everything that it took to understand the request is gone by then.

Thousands of agents wait at the same time, each in a request that is not answered yet. What a framework holds while a
handler runs is several times what the wait needs. So the handler leaves its answer with the request, returns, and
`answer_later` waits when the framework is done.
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from registry.actions.claims import Claim
from registry.actions.handed_out import HandedOut
from registry.api.guards import SecurityHeaders
from registry.api.problems import MEDIA_TYPE, headers_of, problem_of
from registry.errors import RegistryError
from registry.work.claim_desk import ClaimDesk

_KEY = "cofab.later"


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """200 with the job, or 204 when there was none in time."""

    desk: ClaimDesk
    claim: Claim
    seconds: float
    write: Callable[[HandedOut], bytes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application of the answer."""
        answer = await self._answer(Request(scope, receive))
        await SecurityHeaders(answer)(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            found = await self.desk.claim(self.claim, self.seconds, request.is_disconnected)
        except RegistryError as error:
            told = problem_of(error)
            return JSONResponse(told.model_dump(mode="json"), told.status, headers_of(error), MEDIA_TYPE)
        if found is None:
            return Response(status_code=204)
        return Response(self.write(found), media_type="application/json")


class AnsweredLater(Response):
    """What a handler returns for an answer that waits: nothing is sent yet."""

    def __init__(self, answer: ASGIApp) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_KEY] = self._answer


async def answer_later(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let the application handle a request, and give the answer that it may have left for later."""
    if scope["type"] != "http":
        await app(scope, receive, send)
        return
    inner = dict(scope)
    await app(inner, receive, send)
    waiting: ASGIApp | None = inner.get(_KEY)
    del inner  # with all that was put into it
    if waiting is not None:
        await waiting(scope, receive, send)
