"""What the embedded engine answers when the service would answer with an error."""

from typing import Any, Final, NoReturn


class LocalServiceError(Exception):
    """An error of the service: its code, its message, its HTTP status, and the further fields of its body."""

    def __init__(self, code: str, message: str, status: int = 400, body: dict[str, Any] | None = None) -> None:
        super().__init__(code, message, status, body)
        self.code = code
        self.message = message
        self.status = status
        self.body: dict[str, Any] = body if body is not None else {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class BadValue(LocalServiceError):
    """A value, or expressions, that the service refuses in one of two wordings, by the operation: see `wordings.py`."""

    def __init__(self, message: str, current: str) -> None:
        super().__init__("ValidationException", message)
        self.current: Final = current
        """The wording of the operations on single items, and of BatchGetItem and Query."""


class WrongKey(LocalServiceError):
    """A key, or an item, without the table's key attributes in their types; it cancels a transaction."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class WrongValue(LocalServiceError):
    """A value that a transaction refuses as a whole, where other errors cancel it."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def refuse(message: str) -> NoReturn:
    """Answer with a ValidationException."""
    raise LocalServiceError("ValidationException", message)


def invalid_parameter(message: str) -> NoReturn:
    """Answer with a ValidationException in the words for a parameter's value."""
    refuse(f"One or more parameter values were invalid: {message}")


def no_table(name: str | None = None) -> LocalServiceError:
    """A table that is not there; operations on tables say its name, operations on items don't."""
    named = f": Table: {name} not found" if name is not None else ""
    return LocalServiceError("ResourceNotFoundException", f"Requested resource not found{named}")
