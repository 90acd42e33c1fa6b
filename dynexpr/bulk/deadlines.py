"""Until when may a batch take?  The policy's deadline for each request, or one that was given for all of them."""

from typing import TYPE_CHECKING

from dynexpr.flows import Deadline
from dynexpr.unset import Unset

if TYPE_CHECKING:
    from dynexpr.executing import Core
    from dynexpr.statements.base import Options, Statement


class Deadlines:
    """The deadline of each request of a batch."""

    def __init__(self, core: "Core", statement: "Statement") -> None:
        self._core = core
        self._statement = statement
        options: Options = statement.options
        self._whole = None if isinstance(options.deadline, Unset) else core.deadline(statement)

    def next(self) -> Deadline:
        """The deadline of a request that begins now."""
        return self._core.deadline(self._statement) if self._whole is None else self._whole


class Within:
    """An engine to the flows of a batch's single statements: each has the deadline of the batch."""

    def __init__(self, core: "Core", deadlines: Deadlines) -> None:
        self.settings = core.settings
        self._deadlines = deadlines

    def deadline(self, _statement: "Statement | None", /) -> Deadline:
        """The deadline of a request that begins now."""
        return self._deadlines.next()
