"""A phone as remote of a lesson that is led: a page and a socket of the server that runs already.

The socket carries on to the others what one page says: the wall, what is done now, and a phone,
which button it pressed. Both are for who is logged in to this server and may run code in it; what
comes from a page of another address is refused.
"""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

PAGE = Path(__file__).with_suffix(".html")
MAX_LETTERS = 20_000  # that are carried on at once
JOINED = set()  # the sockets that are open
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ELSEWHERE = ("192.0.2.1", 9)  # an address of nobody: no packet is sent
FOR_PHONES = "On a phone in this network, logged in: "
ALONE = "Only this computer reaches its server yet: docs/player.md, A class, says how a phone does."


def address_for_phones(origin, base_url, listens_at):
    """The address of the page of the phone, or "" where no phone reaches this server.

    ``origin`` is that of the wall, which on the laptop itself is one that only the laptop has.
    """
    wall = urlsplit(origin)
    host = wall.netloc
    if wall.hostname in LOOPBACK:
        if listens_at in LOOPBACK:
            return ""
        host = f"{address_in_network()}:{wall.port or 80}"
    return f"{wall.scheme}://{host}{base_url}backcare/remote"


def address_in_network():
    """The address of this computer in its network, or its name where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(ELSEWHERE)
            return asked.getsockname()[0]
        except OSError:
            return socket.gethostname()


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
        address = address_for_phones(
            self.request.headers["Origin"], self.base_url, self.serverapp.ip
        )
        self.write_message(json.dumps({"note": FOR_PHONES + address if address else ALONE}))

    def on_message(self, message):
        for other in JOINED - {self}:
            if len(message) <= MAX_LETTERS and other.ws_connection:
                other.write_message(message)

    def on_close(self):
        JOINED.discard(self)


default_handlers = [("/backcare/remote", RemotePage), ("/backcare/lead", LeadSocket)]
