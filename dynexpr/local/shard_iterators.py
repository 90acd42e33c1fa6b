"""How does a shard iterator say where to read on?  As the service's: the stream, and the place in letters for nobody.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
"""

from typing import Final

from dynexpr.local.errors import refuse

SECONDS: Final = 15 * 60
"""How long one may be used."""


def write(arn: str, shard: str, position: int, now: float) -> str:
    """The iterator that reads the records of a shard from a number on."""
    import base64

    place = f"{shard} {position} {now!r}"
    return f"{arn}|1|{base64.b64encode(place.encode()).decode()}"


def read(text: str) -> tuple[str, str, int, float]:
    """The stream, the shard, the number and the time of an iterator; refuses what is none."""
    import base64
    import binascii

    arn, _, place = text.rpartition("|1|")
    try:
        shard, position, now = base64.b64decode(place, validate=True).decode().split(" ")
        return arn, shard, int(position), float(now)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        refuse("Invalid ShardIterator")
