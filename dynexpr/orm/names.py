"""What does a name in an annotation stand for?  One that does not exist yet raises `Unresolved`."""

import sys
from collections.abc import Mapping
from typing import Any

from dynexpr.errors import InvalidModel


class Unresolved(Exception):
    """A name in an annotation that does not exist yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Names(dict[str, Any]):
    """The names an annotation can use: a chain of namespaces, asked one after the other, behind an empty dictionary."""

    def __init__(self, *layers: Mapping[str, Any], module: str = "", typing_only: bool = False) -> None:
        super().__init__()
        self.layers = layers
        self.module = module
        self.typing_only = typing_only

    def __missing__(self, name: str) -> Any:
        for layer in self.layers:
            if name in layer:
                return layer[name]
        if self.typing_only and name not in _BUILTINS:
            return import_typing_only(self.module, name)
        raise KeyError(name)

    def of_module(self, module: str) -> "Names":
        """The names of another module, where a dataclass or TypedDict was written; ours are asked after them."""
        if module == self.module:
            return self
        own = getattr(sys.modules.get(module), "__dict__", {})
        return Names(own, *self.layers, module=module, typing_only=self.typing_only)

    def evaluate(self, text: str, place: str) -> Any:
        """The object an annotation's text stands for; raises Unresolved for a name that does not exist."""
        try:
            return eval(text, {}, self)  # noqa: S307 - the text is the user's own annotation, as typing evaluates it
        except NameError as error:
            raise Unresolved(error.name or text) from None
        except Exception as error:
            raise InvalidModel(
                f"{place}: the annotation {text!r} can't be evaluated ({type(error).__name__}: {error}); "
                "correct it, or give type_="
            ) from error


_BUILTINS = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)


def import_typing_only(module: str, name: str) -> Any:
    """Import the name that a module imports under `if TYPE_CHECKING:` only; KeyError where it does not.

    By the first use of a model all modules are there, so an import that would have been circular works.
    """
    loaded = sys.modules.get(module)
    get_source = getattr(getattr(loaded, "__loader__", None), "get_source", None)
    if get_source is None:
        raise KeyError(name)
    import ast
    from importlib import import_module

    try:
        tree = ast.parse(get_source(module) or "")
    except (ImportError, SyntaxError, ValueError):
        raise KeyError(name) from None
    for guarded in tree.body:
        if not isinstance(guarded, ast.If) or "TYPE_CHECKING" not in ast.unparse(guarded.test):
            continue
        for statement in guarded.body:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            for alias in statement.names:
                if (alias.asname or alias.name) != name:
                    continue
                if isinstance(statement, ast.Import):
                    return import_module(alias.name)
                package = getattr(loaded, "__package__", None)
                origin = import_module("." * statement.level + (statement.module or ""), package)
                return getattr(origin, alias.name)
    raise KeyError(name)


def own_annotations(cls: type) -> Mapping[str, object]:
    """The annotations of one class, as they stand in it; names that don't exist yet are left as references."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    # inspect.get_annotations does the same, and importing inspect costs more than all of dynexpr.orm.
    own: Mapping[str, object] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - as said above
    return own
