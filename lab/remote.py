"""A phone as remote of a lesson that is led: a page and a socket of the server that runs already.

The socket carries on to the others what one page says: the wall, what is done now, and a phone,
which button it pressed. Both are for who is logged in to this server and may run code in it; what
comes from a page of another address is refused.
"""

from pathlib import Path

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

PAGE = Path(__file__).with_suffix(".html")
MAX_LETTERS = 20_000  # that are carried on at once
JOINED = set()  # the sockets that are open


class ForWhoRunsCode(JupyterHandler):
    """Refuses who may not run code in this server."""

    async def raise_unless_allowed(self):
        may = self.authorizer.is_authorized(self, self.current_user, "execute", "kernels")
        if not await ensure_async(may):
            raise web.HTTPError(403)


class RemotePage(ForWhoRunsCode):
    """The page of the phone."""

    @web.authenticated
    async def get(self):
        await self.raise_unless_allowed()
        await self.finish(PAGE.read_text(encoding="utf-8"))


class LeadSocket(WebSocketMixin, WebSocketHandler, ForWhoRunsCode):
    """Carries what one page says on to the others."""

    def set_default_headers(self):
        """A socket has no headers to set."""

    @ws_authenticated
    async def get(self):
        await self.raise_unless_allowed()
        await super().get()

    def open(self):
        super().open()
        JOINED.add(self)

    def on_message(self, message):
        for other in JOINED - {self}:
            if len(message) <= MAX_LETTERS and other.ws_connection:
                other.write_message(message)

    def on_close(self):
        JOINED.discard(self)


default_handlers = [("/backcare/remote", RemotePage), ("/backcare/lead", LeadSocket)]
