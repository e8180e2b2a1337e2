"""The work of the scenarios generator-*, as Rust's contestants do it."""

import sys
from collections import namedtuple

from orders import Stopwatch

Node = namedtuple("Node", "left number right")


def run(work):
    """For each order, calls `work(variant, count)`, which returns `Stopwatch.done(proof)`."""
    sys.setrecursionlimit(100_000)
    variant = sys.argv[1]
    print("ready", flush=True)
    for line in sys.stdin:
        print(*work(variant, int(line)), flush=True)


def fold_all(numbers):
    total = 0
    for number in numbers:
        total = (total >> 1) + number
    return total


def timed(numbers):
    watch = Stopwatch()
    return watch.done(fold_all(numbers))


def sum(variant, count):
    def numbers():
        for number in range(count):
            yield number

    return timed(numbers())


def send(variant, count):
    def sums():
        total = 0
        for _ in range(count):
            total = (total >> 1) + (yield total)
        return total

    watch = Stopwatch()
    body, folded = sums(), 0
    resume = body.send
    total = next(body)
    try:
        for number in range(count + 1):
            folded = (folded >> 1) + total
            total = resume(number)
    except StopIteration as end:
        return watch.done(end.value + folded)


def deep(depth, count):
    """Yields at the bottom of so many `yield from`."""
    if depth:
        yield from deep(depth - 1, count)
    else:
        for number in range(count):
            yield number


def delegation(variant, count):
    return timed(deep(5, count))


def create(variant, count):
    def numbers(number):
        while True:
            yield number
            number += 1

    total = 0
    watch = Stopwatch()
    if variant == "created, dropped":
        for number in range(count):
            numbers(number)
            total = (total >> 1) + number
    else:
        for number in range(count):
            total = (total >> 1) + next(numbers(number))
    return watch.done(total)


def recursion(variant, count):
    numbers = deep(int(variant.removeprefix("depth ").replace(",", "")), count)
    next(numbers)
    return timed(numbers)


def walk(node):
    if node.left:
        yield from walk(node.left)
    yield node.number
    if node.right:
        yield from walk(node.right)


def tree(variant, count):
    root = None
    for number in range(int(variant.removeprefix("depth ").replace(",", ""))):
        root = Node(root, number, None)
    total = 0
    watch = Stopwatch()
    for _ in range(count):
        total += fold_all(walk(root))
    return watch.done(total)
