"""How long does a five-term condition take from Python's operators to text, names and encoded values?

    python bench/compile.py [ROUNDS]

dynexpr checks what it compiles and boto3 does not; both encode the values. Cold: the condition's shape was not seen
before. Warm: it was, with other values. Everything runs in turn in one process; the figures are medians of CPU time.
The script ends with 1 where dynexpr took more of boto3's time than its target.
"""

import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionExpressionBuilder
from boto3.dynamodb.types import TypeSerializer

from dynexpr import attr
from dynexpr.compile import expressions
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column

TARGETS = {"cold": 1.0, "warm": 0.35}
"""The most that dynexpr may take of boto3's time."""
REPEAT = 50
"""Compilations in one measurement: a single one is too short for the clock."""


class Base(DeclarativeBase):
    """The model of the typed variant."""


class Payment(Base):
    """A payment."""

    id: Mapped[str] = mapped_column(partition_key=True)
    status: Mapped[str]
    amount: Mapped[Decimal]
    tags: Mapped[set[str]]
    info: Mapped[dict[str, str]]
    note: Mapped[str | None]


def boto3_(n: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The five terms by boto3."""
    condition = (
        Attr("status").eq("paid")
        & Attr("amount").between(n, n + 10)
        & Attr("tags").contains("vip")
        & Attr("info.city").begins_with("B")
        & Attr("note").ne("x")
    )
    built = ConditionExpressionBuilder().build_expression(condition)
    serializer = TypeSerializer()
    values = {token: serializer.serialize(value) for token, value in built.attribute_value_placeholders.items()}
    return built.condition_expression, built.attribute_name_placeholders, values


def untyped(n: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The five terms by attr()."""
    condition = (
        (attr("status") == "paid")
        & attr("amount").between(n, n + 10)
        & attr("tags").contains("vip")
        & attr("info.city").begins_with("B")
        & (attr("note") != "x")
    )
    compiled = condition.compile()
    return compiled.expression, compiled.names, compiled.values


def typed(n: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The five terms by a model's columns."""
    condition = (
        (Payment.status == "paid")
        & Payment.amount.between(n, n + 10)
        & Payment.tags.contains("vip")
        & Payment.info["city"].begins_with("B")
        & (Payment.note != "x")
    )
    compiled = condition.compile()
    return compiled.expression, compiled.names, compiled.values


def cold(make: Callable[[int], object]) -> Callable[[int], object]:
    """The same with nothing kept from one compilation to the next."""

    def run(n: int) -> object:
        expressions.forget()
        return make(n)

    return run


RIVALS: dict[str, Callable[[int], object]] = {
    "boto3": boto3_,
    "attr(), cold": cold(untyped),
    "model, cold": cold(typed),
    "attr(), warm": untyped,
    "model, warm": typed,
}


def measure(rounds: int) -> dict[str, float]:
    """The median CPU time of one compilation of each rival in microseconds; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in RIVALS}
    for _ in range(rounds):
        for name, run in RIVALS.items():
            run(0)
            started = time.process_time()
            for n in range(REPEAT):
                run(n)
            times[name].append((time.process_time() - started) / REPEAT * 1e6)
    return {name: statistics.median(each) for name, each in times.items()}


def main(rounds: int) -> int:
    """Print the table; fail where a target is missed."""
    medians = measure(rounds)
    missed = False
    print(f"{'':14}{'CPU time':>10}{'of boto3':>10}{'target':>8}")
    for name, median in medians.items():
        target = TARGETS.get(name.rpartition(" ")[2])
        ratio = median / medians["boto3"]
        missed = missed or (target is not None and ratio > target)
        print(f"{name:14}{median:7.1f} µs{ratio:10.2f}" + (f"{target:8.2f}" if target is not None else ""))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 200))
