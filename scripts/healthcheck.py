"""For the container: does the web server in here answer? It is asked by the portal's public name."""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

PORT = 8000
PATH = "/-/health/live/"


def main() -> None:
    connection = HTTPConnection("127.0.0.1", PORT, timeout=4)
    connection.request("GET", PATH, headers={"Host": urlsplit(os.environ["BASE_URL"]).hostname or ""})
    sys.exit(connection.getresponse().status != 200)


if __name__ == "__main__":
    main()
