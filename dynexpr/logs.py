"""Who listens to what an engine does?  The logger `dynexpr.engine`."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

NAME = "dynexpr.engine"


def listened() -> "Logger | None":
    """The logger; None where the program never imported logging, so that nobody can have asked for its records.

    Importing it costs as much as three requests.
    """
    logging = sys.modules.get("logging")
    return None if logging is None else logging.getLogger(NAME)
