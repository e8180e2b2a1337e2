"""CPython's dict."""

import threading

import orders

KEYS, COUNTERS = 1_000, 8
lock = threading.Lock()


def get(d, rounds):
    total = 0
    for index in range(rounds * KEYS):
        total += d[index * 617 % KEYS]
    return total


def insert(d, rounds):
    for index in range(rounds * KEYS):
        key = index * 617 % KEYS
        d[key] = key
    return 0


def mixed(d, rounds):
    total = 0
    for index in range(rounds * KEYS):
        key = index * 617 % KEYS
        if index % 10 == 0:
            d[key] = key
        else:
            total += d[key]
    return total


def count(d, rounds):
    for index in range(rounds * KEYS):
        with lock:
            d[index % COUNTERS] += 1
    return 0


def two(d, rounds, first, second):
    sums = []
    thread = threading.Thread(target=lambda: sums.append(first(d, rounds)))
    thread.start()
    sums.append(second(d, rounds))
    thread.join()
    return sum(sums)


def work(variant, rounds):
    is_count = variant.startswith("counters")
    d = {key: 0 if is_count else key for key in range(KEYS)}
    began = orders.Stopwatch()
    if variant.startswith("get"):
        proof = get(d, rounds)
    elif variant.startswith("insert"):
        insert(d, rounds)
        proof = get(d, 1)
    elif variant.startswith("one gets"):
        proof = two(d, rounds, insert, get)
    elif variant.startswith("90"):
        proof = two(d, rounds, mixed, mixed)
    else:
        two(d, rounds, count, count)
        proof = sum(d[key] for key in range(COUNTERS))
    return began.done(proof)


orders.run(work, lambda done: done)
