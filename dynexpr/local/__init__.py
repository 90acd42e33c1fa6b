"""The embedded engine behind `local://`: DynamoDB's semantics in this process, on top of SQLite."""

from dynexpr.local.engine import LocalEngine
from dynexpr.local.errors import LocalServiceError

__all__ = ["LocalEngine", "LocalServiceError"]
