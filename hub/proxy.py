"""configurable-http-proxy as a class needs it.

As it comes it passes on ten requests at a time and gives up on each after 20 seconds. A page on
which a learner waits for a server is one request for as long as that takes: with ten such pages
nobody else would be answered, and after 20 seconds the page would never hear that the server is up.
"""

from configurable_http_proxy.cli import main
from tornado.httpclient import AsyncHTTPClient

AT_ONCE = 10_000
PATIENCE = 900  # seconds, longer than any start of a server may take

AsyncHTTPClient.configure(None, max_clients=AT_ONCE, defaults={"request_timeout": PATIENCE})

if __name__ == "__main__":
    main()
