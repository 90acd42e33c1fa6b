"""Can a request of these operations have what a test looks for?  If not, `never()` would hold whatever was sent."""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.errors import ArgumentError, DynexprError, nearest
from dynexpr.operations import OF_VALUES, PARTIQL
from dynexpr.wire import encode, type_descriptors

_READS_INDEXES: Final = frozenset({"Query", "Scan", *PARTIQL})


def check_reads_indexes(operations: tuple[str, ...]) -> None:
    """Raise ArgumentError where none of the operations, which are all if none is named, reads indexes."""
    if operations and not _READS_INDEXES.intersection(operations):
        raise ArgumentError(f"index: {' and '.join(operations)} {_verb(operations, 'reads')} no index, as Query does")


def check_parameter(operations: tuple[str, ...], name: str, value: Any) -> None:
    """Raise ArgumentError for a parameter that none of the operations has, and for what it can't hold."""
    from dynexpr.local.validate import REQUESTS, parameters_of

    known = {parameter for each in REQUESTS for parameter in parameters_of(each)}
    if name not in known:
        raise ArgumentError(f"no request has a parameter {name!r}{nearest(name, known)}")
    # Of operations that the embedded engine has not, nothing is known about their parameters.
    if operations and all(each in REQUESTS and name not in parameters_of(each) for each in operations):
        of_these = {parameter for each in operations for parameter in parameters_of(each)}
        told = " and ".join(operations)
        raise ArgumentError(f"{told} {_verb(operations, 'has')} no parameter {name!r}{nearest(name, of_these)}")
    if name in OF_VALUES and isinstance(value, Mapping):
        for attribute, each in value.items():
            _check_on_the_wire(f"{name}={{{attribute!r}: {each!r}}}", each)


def _check_on_the_wire(told: str, value: Any) -> None:
    """Raise ArgumentError for a Python value where one on the wire is sent; what equals anything may stand."""
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in type_descriptors:
        return
    try:
        wire = encode(value)
    except DynexprError:
        return
    raise ArgumentError(f"{told}: values are looked for as they are sent, {wire!r}")


def _verb(operations: tuple[str, ...], verb: str) -> str:
    return verb if len(operations) == 1 else {"has": "have"}.get(verb, verb.removesuffix("s"))
