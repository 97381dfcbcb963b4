"""The HTTP doors of both gateways, with their faults in front."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.sms import mobizon, smsc, smsc_words
from sandbox.sms.faults import AFTER, BEFORE
from sandbox.sms.office import Office


class Door:
    """Answers every path of the two."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._smsc = smsc.Smsc(office)
        self._mobizon = mobizon.Mobizon(office)

    async def smsc(self, request: Request) -> Response:
        """/sys/{name}.php"""
        name = request.path_params["name"]
        if name not in ("send", "status", "balance"):
            return Response("Not Found", 404)
        path = f"/sys/{name}.php"
        return await self._through(request, path, smsc_words.NAME, lambda: self._smsc.answer(request, name))

    async def smsc_rest(self, request: Request) -> Response:
        """/rest/send/"""
        return await self._through(
            request, "/rest/send/", smsc_words.NAME, lambda: self._smsc.answer(request, "rest_send")
        )

    async def mobizon(self, request: Request) -> Response:
        """/service/{module}/{method}"""
        module, method = request.path_params["module"], request.path_params["method"]
        path = f"/service/{module}/{method}"
        return await self._through(
            request, path, mobizon.NAME, lambda: self._mobizon.answer(request, module, method)
        )

    async def _through(
        self, request: Request, path: str, gateway: str, carry_out: Callable[[], Awaitable[Response]]
    ) -> Response:
        office = self._office
        office.tally.requests += 1
        if office.switches.answer_delay_seconds:
            await asyncio.sleep(office.switches.answer_delay_seconds)
        how = office.faults.take(request.method, path)
        said = BEFORE[how]() if how in BEFORE else self._in_words(gateway, how)
        if said is not None:
            return said
        answer = await carry_out()
        return AFTER[how]() if how in AFTER else answer

    def _in_words(self, gateway: str, how: str | None) -> Response | None:
        """A refusal in the gateway's own words."""
        if gateway == smsc_words.NAME and how in smsc_words.IN_WORDS:
            code = smsc_words.IN_WORDS[how]
            number = self._office.network.new_id() if code in smsc_words.NUMBERED else 0
            return smsc_words.failed(smsc_words.SmscError(code, number), "3")
        if gateway == mobizon.NAME and how in mobizon.IN_WORDS:
            return mobizon.failed(mobizon.IN_WORDS[how])
        return None
