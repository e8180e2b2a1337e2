"""Downloads every file of a tree by http.client: whole, by ranges and resumed, and compares each byte.

Arguments: ADDRESS:PORT, the tree's root, a seed. Part of download.rs.
"""

import email.parser
import http.client
import os
import random
import sys
import urllib.parse


def request(connection, url, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", url, headers=headers)
    return connection.getresponse()


def check(ok, *about):
    if not ok:
        sys.exit(" ".join(str(part) for part in about))


def whole(connection, url, want):
    """Returns the entity tag, for the others."""
    response = request(connection, url)
    check(response.status == 200, url, response.status)
    check(int(response.headers["Content-Length"]) == len(want), url, "has another length")
    check(response.headers["Accept-Ranges"] == "bytes", url, "does not offer ranges")
    check(response.read() == want, url, "differs")
    return response.headers["ETag"]


def one_range(connection, url, want):
    first = random.randrange(len(want))
    last = min(first + random.randrange(1 << 20), len(want) + 10)
    wanted, header = random.choice([
        (want[first:last + 1], f"bytes={first}-{last}"),
        (want[first:], f"bytes={first}-"),
        (want[-(first + 1):], f"bytes=-{first + 1}"),
    ])
    response = request(connection, url, Range=header)
    check(response.status == 206, url, header, response.status)
    check(response.read() == wanted, url, header, "differs")


def many_ranges(connection, url, want):
    """Ranges far enough apart that each is a part of its own."""
    step = len(want) // 4
    starts = [at * step + random.randrange(step // 4) for at in range(4)]
    random.shuffle(starts)
    ranges = [(start, start + random.randrange(1, step // 4)) for start in starts]
    header = "bytes=" + ", ".join(f"{first}-{last}" for first, last in ranges)
    response = request(connection, url, Range=header)
    check(response.status == 206, url, header, response.status)
    head = f"Content-Type: {response.headers['Content-Type']}\r\n\r\n".encode("ascii")
    # The parser undoes what looks like text in the parts, so it only says where the boundary is.
    boundary = email.parser.BytesParser().parsebytes(head).get_boundary().encode("ascii")
    body = response.read()
    for first, last in ranges:
        opening = b"--" + boundary + b"\r\n"
        check(body.startswith(opening), url, header, "has no boundary where it should")
        head, body = body[len(opening):].split(b"\r\n\r\n", 1)
        check(f"Content-Range: bytes {first}-{last}/{len(want)}".encode("ascii") in head, url, header, head)
        length = last - first + 1
        check(body[:length] == want[first:last + 1], url, header, "differs in", first)
        check(body[length:length + 2] == b"\r\n", url, header, "has no line's end after", first)
        body = body[length + 2:]
    check(body == b"--" + boundary + b"--\r\n", url, header, "ends otherwise")


def resumed(address, url, want, etag):
    """Breaks off somewhere, comes back with If-Range, and goes on where it was."""
    connection = http.client.HTTPConnection(address, timeout=30)
    response = request(connection, url)
    got = response.read(random.randrange(1, len(want)))
    response.close()
    connection.close()
    connection = http.client.HTTPConnection(address, timeout=30)
    response = request(connection, url, Range=f"bytes={len(got)}-", If_Range=etag)
    check(response.status == 206, url, response.status)
    check(response.headers["Content-Range"] == f"bytes {len(got)}-{len(want) - 1}/{len(want)}", url, response.headers)
    check(got + response.read() == want, url, "differs after it was resumed")
    response = request(connection, url, Range=f"bytes={len(got)}-", If_Range='"another"')
    check(response.status == 200, url, "took another tag for its own")
    response.close()
    connection.close()


def main():
    address, root, seed = sys.argv[1:]
    random.seed(int(seed))
    connection = http.client.HTTPConnection(address, timeout=30)
    count = 0
    for directory, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.join(directory, name)
            url = "/" + urllib.parse.quote(os.path.relpath(path, root))
            with open(path, "rb") as file:
                want = file.read()
            etag = whole(connection, url, want)
            if len(want) > 1:
                one_range(connection, url, want)
                resumed(address, url, want, etag)
            if len(want) > 4096:
                many_ranges(connection, url, want)
            count += 1
    print(count, "files")


main()
