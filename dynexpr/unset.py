"""What stands for an argument that was not given, where None means something?"""

from typing import Final, Literal


class Unset:
    """The type of UNSET: "this argument was not given", where None means something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset()
