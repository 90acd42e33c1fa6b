"""Keys sort as bytes the way DynamoDB sorts values: numbers by value, text by UTF-8, bytes unsigned."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from dynexpr.local import LocalServiceError
from dynexpr.local.keys import (
    after_equal,
    after_prefix,
    encode_key,
    encode_number,
    encode_prefix,
    partition,
    segment_start,
)
from dynexpr.local.values import check_number

digits = st.integers(1, 10**38 - 1).flatmap(lambda n: st.integers(1, 38).map(lambda size: int(str(n)[:size])))
numbers = st.one_of(
    st.just("0"),
    st.integers(-(10**38) + 1, 10**38 - 1).map(str),
    st.builds(
        lambda sign, coefficient, exponent: f"{sign}{str(coefficient)[0]}.{str(coefficient)[1:] or '0'}E{exponent}",
        st.sampled_from(["", "-"]),
        digits,
        st.integers(-130, 125),
    ),
    st.decimals(-1000, 1000, places=3).map(str),
)
texts = st.text(st.characters(codec="utf-8"), max_size=6)
binaries = st.binary(max_size=6) | st.lists(st.sampled_from([0, 1, 2, 254, 255]), max_size=5).map(bytes)

EDGES = [
    "-9.9999999999999999999999999999999999999E125", "-1E125", "-12.0001", "-12", "-11.9999", "-1.1", "-1", "-0.1",
    "-1E-130", "0", "1E-130", "1.1E-130", "0.09", "0.1", "0.10001", "1", "1.0001", "1.1", "9", "10", "12", "12.0001",
    "99", "100", "1E125", "9.9999999999999999999999999999999999999E125",
]  # fmt: skip


def test_edges_in_order() -> None:
    """Numbers around every change of sign, magnitude and length are in order."""
    encoded = [encode_key({"N": check_number(number)}) for number in EDGES]
    assert encoded == sorted(encoded)
    assert len(set(encoded)) == len(EDGES)


@given(numbers, numbers)
def test_numbers_sort_by_value(left: str, right: str) -> None:
    """Numbers compare as their bytes do, and equal numbers have equal bytes."""
    one, other = encode_key({"N": check_number(left)}), encode_key({"N": check_number(right)})
    assert (one < other) is (Decimal(left) < Decimal(right))
    assert (one == other) is (Decimal(left) == Decimal(right))


@given(numbers, st.integers(0, 5))
def test_spellings_of_a_number_are_one_key(number: str, zeros: int) -> None:
    """However a number is written, its key is the same."""
    sign = "-" if number.startswith("-") else "+"
    plain = format(Decimal(number).copy_abs(), "f")
    longer = f"{sign}{'0' * zeros}{plain if '.' in plain else plain + '.'}{'0' * zeros}"
    assert encode_number(check_number(longer)) == encode_number(check_number(number))


@given(texts, texts)
def test_text_sorts_by_utf8(left: str, right: str) -> None:
    """Text compares as its UTF-8 does."""
    one, other = encode_key({"S": left}), encode_key({"S": right})
    assert (one < other) is (left.encode() < right.encode())
    assert (one == other) is (left == right)


@given(binaries, binaries)
def test_bytes_sort_unsigned(left: bytes, right: bytes) -> None:
    """Bytes compare as themselves."""
    assert (encode_key({"B": left}) < encode_key({"B": right})) is (left < right)


@given(st.tuples(binaries, numbers, texts), st.tuples(binaries, numbers, texts))
def test_several_values_sort_one_after_the_other(left: tuple[bytes, str, str], right: tuple[bytes, str, str]) -> None:
    """A key of several values compares by the first that differs."""

    def encoded(values: tuple[bytes, str, str]) -> bytes:
        wires = ({"B": values[0]}, {"N": check_number(values[1])}, {"S": values[2]})
        return b"".join(encode_key(wire) for wire in wires)

    def comparable(values: tuple[bytes, str, str]) -> tuple[bytes, Decimal, bytes]:
        return values[0], Decimal(values[1]), values[2].encode()

    assert (encoded(left) < encoded(right)) is (comparable(left) < comparable(right))
    assert (encoded(left) == encoded(right)) is (comparable(left) == comparable(right))


@given(binaries, binaries, binaries)
def test_ranges(value: bytes, other: bytes, following: bytes) -> None:
    """The range of a value holds it with whatever follows it, and no other value."""
    low = encode_key({"B": value})
    high = after_equal(low)
    found = encode_key({"B": other}) + encode_key({"B": following})
    assert (low <= found < high) is (value == other)


@given(binaries, binaries)
def test_prefixes(prefix: bytes, value: bytes) -> None:
    """The range of a prefix holds exactly what begins with it."""
    low = encode_prefix({"B": prefix})
    high = after_prefix(low)
    found = encode_key({"B": value})
    assert (low <= found and (high is None or found < high)) is value.startswith(prefix)


@given(texts, st.integers(1, 1_000_000))
def test_a_partition_is_in_one_segment(text: str, total: int) -> None:
    """Segments follow each other without gap or overlap."""
    found = partition([{"S": text}])
    segment = int.from_bytes(found[:4], "big") * total >> 32
    low, high = segment_start(segment, total), segment_start(segment + 1, total)
    assert low is not None
    assert low <= found
    assert high is None or found < high


@pytest.mark.parametrize("number", ["1_0", " 1", "1 ", "", "NaN", "Infinity", "-", "1e", "0x1", "1,5", "--1"])
def test_not_a_number(number: str) -> None:
    """What is no number to the service is refused, even where Python reads it."""
    with pytest.raises(LocalServiceError, match="cannot be converted to a numeric value"):
        check_number(number)
