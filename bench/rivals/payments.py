"""What every rival reads: items of ten attributes and about 300 bytes in one table, and how a measure is taken."""

import json
import os
import sys
import time
from collections.abc import Callable

TABLE = "bench-payments"
CUSTOMER = "customer-42"
ITEMS = 5000
NAMES = ("customer", "id", "status", "note", "email", "amount", "count", "paid", "tags", "address")


def wire(number: int) -> dict[str, dict[str, object]]:
    """One item, as boto3's client takes it."""
    return {
        "customer": {"S": CUSTOMER},
        "id": {"S": f"payment-{number:08}"},
        "status": {"S": "pending"},
        "note": {"S": "to be paid before the end of the month, as agreed on the telephone"},
        "email": {"S": "somebody@customers.example.com"},
        "amount": {"N": "1234.56"},
        "count": {"N": str(number)},
        "paid": {"BOOL": False},
        "tags": {"L": [{"S": "first"}, {"S": "second"}]},
        "address": {"M": {"street": {"S": "1 Main Street"}, "city": {"S": "Springfield"}, "zip": {"N": "12345"}}},
    }


def repeated(ask: Callable[[int], object], times: int = 1500, warm: int = 200) -> dict[str, float]:
    """CPU and median latency of one call, in microseconds."""
    for number in range(warm):
        ask(number)
    taken: list[float] = []
    cpu = time.process_time()
    for number in range(times):
        started = time.perf_counter()
        ask(number)
        taken.append(time.perf_counter() - started)
    cpu = time.process_time() - cpu
    return {"cpu": cpu / times * 1e6, "latency": sorted(taken)[times // 2] * 1e6}


def of_many(read: Callable[[], int], times: int = 4, before: Callable[[], object] = lambda: None) -> dict[str, float]:
    """CPU for each of the things that one call reads or writes, in microseconds; what is done *before* is not in it."""
    before()
    read()
    best = float("inf")
    for _ in range(times):
        before()
        cpu = time.process_time()
        count = read()
        best = min(best, (time.process_time() - cpu) / count * 1e6)
    return {"cpu": best}


def of_a_batch(read: Callable[[], int], times: int = 8) -> dict[str, float]:
    """CPU for each of the things that one call reads, in microseconds, and the milliseconds it takes; the best call."""
    read()
    cpu, taken = float("inf"), float("inf")
    for _ in range(times):
        started, used = time.perf_counter(), time.process_time()
        count = read()
        taken = min(taken, (time.perf_counter() - started) * 1e3)
        cpu = min(cpu, (time.process_time() - used) / count * 1e6)
    return {"cpu": cpu, "time": taken}


def run(measures: dict[str, Callable[[], dict[str, float]]]) -> None:
    """Take the measure that the command line names, and print its figures as JSON."""
    figures = measures[sys.argv[1]]()
    # getrusage would tell the memory of the process that started this one; pathlib's would be measured.
    with open("/proc/self/status") as status:  # noqa: PTH123 - as said above
        figures["memory"] = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps(figures))


ENDPOINT = os.environ.get("BENCH_ENDPOINT", "")
