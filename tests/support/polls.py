"""One HTTP request to a poll's server, as a phone or a presenter sends it."""

import contextlib
import http.client
import json


def exchange(address, path, method="GET", body=None, **headers):
    """Status, headers and content of one answer; JSON decoded; no redirect is followed.

    `address` is a split URL; the path is sent as it is.
    """
    link = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    with contextlib.closing(link):
        link.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = link.getresponse()
        content = answer.read()
    if answer.headers.get("Content-Type", "").startswith("application/json") and content:
        content = json.loads(content)
    return answer.status, answer.headers, content
