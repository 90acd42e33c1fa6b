"""Which numbers does an option take?  Any other is wrong usage, and refused before anything is done."""

import argparse
from collections.abc import Callable


def between(least: int, most: int) -> Callable[[str], int]:
    """What makes a whole number of an option's text.

    >>> between(1, 1_000_000)("16")
    16
    """

    def whole(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most:,} is wanted, not {text!r}")
        return int(text)

    return whole
