"""What does a PartiQL statement say?  A record of its clauses, with nodes for its conditions, values and updates.

A text is read once and kept; what stands for its `?` is bound to it at each execution.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, cast

from dynexpr.errors import ArgumentError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Action, Condition, Node, OperandNode, Parameter, Path, Value, literal
from dynexpr.expression.walk import rewrite
from dynexpr.local.errors import refuse
from dynexpr.local.partiql_conditions import Conditions
from dynexpr.local.partiql_words import Word, Words, malformed

if TYPE_CHECKING:
    from dynexpr.wire import Wire

Verb = Literal["SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS"]


class Statement:
    """A statement, taken apart."""

    __slots__ = (
        "actions", "columns", "index", "item", "order", "parameters", "problem", "returning", "table", "text", "verb",
        "where",
    )  # fmt: skip

    def __init__(self, verb: Verb, text: str) -> None:
        self.verb: Verb = verb
        self.text = text
        self.table = ""
        self.index: str | None = None
        self.where: Condition | None = None
        self.columns: tuple[tuple[Path, str], ...] | None = None
        """What is selected, each with the name it is answered under; None is everything."""
        self.order: tuple[tuple[str, bool], ...] = ()
        """By which attributes, each with whether downwards."""
        self.item: dict[str, OperandNode] = {}
        self.actions: tuple[Action, ...] = ()
        self.returning: tuple[str, str] | None = None
        """`("ALL", "OLD")`, …"""
        self.problem = ""
        """What is wrong with it, said only once its table is known."""
        self.parameters = 0
        """How many `?` it has."""

    @property
    def reads(self) -> bool:
        """Whether it reads, and so belongs with others that read."""
        return self.verb == "SELECT"


@lru_cache(maxsize=1024)
def statement(text: str) -> Statement:
    """The statement that a text says; refused in the service's words where it can't be read."""
    try:
        return _Reader(text).read()
    except RecursionError:
        malformed()
    except ArgumentError as error:
        refuse(str(error))


def bound(node: Node, values: "list[Wire]") -> Any:
    """A node with the values of the parameters in the places of their `?`."""

    def value(part: Node) -> Node:
        return literal(values[int(part.name)]) if isinstance(part, Parameter) else part

    return rewrite(node, value)


class _Reader(Conditions):
    """Reads one statement."""

    def __init__(self, text: str) -> None:
        super().__init__(Words(text))

    def read(self) -> Statement:
        words = self.words
        first = words.peek()
        read = _VERBS.get(first.upper)
        if read is None:
            malformed("Expected data manipulation")
        made = Statement(cast("Verb", "UPDATE" if first.upper == "FROM" else first.upper), words.text)
        read(self, made)
        words.finish()
        made.parameters = self.parameters
        return made

    # Clauses.

    def _source(self, made: Statement) -> None:
        """The table, and perhaps its index."""
        words = self.words
        parts = [self._component(words.next())]
        while words.take("."):
            parts.append(self._component(words.next()))
        if len(parts) > 2:
            refuse("A path may contain at most 2 components in the FROM clause")
        if "" in parts:
            refuse("Path component cannot be an empty string")
        made.table, *rest = parts
        made.index = rest[0] if rest else None

    def _component(self, word: Word) -> str:
        if word.kind == "quoted":
            return word.text[1:-1].replace('""', '"')
        if word.kind != "word":
            malformed("Unexpected term")
        return word.text

    def _no_alias(self, *following: str) -> None:
        word = self.words.peek()
        if word.kind == "quoted" or word.upper == "AS" or (word.kind == "word" and word.upper not in following):
            refuse("Aliasing is not supported")

    def _where(self, made: Statement) -> None:
        if self.words.take("WHERE"):
            made.where = self.condition()

    def _written(self, made: Statement) -> None:
        self._source(made)
        if made.index is not None:
            refuse("This operation is not supported on an index")

    def _returning(self, made: Statement) -> None:
        words = self.words
        if not words.take("RETURNING"):
            return
        which, when = words.next().upper, words.next().upper
        if which not in {"ALL", "MODIFIED"} or when not in {"OLD", "NEW"} or not words.take("*"):
            refuse("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
        made.returning = which, when

    # SELECT, and EXISTS(SELECT …).

    def _exists(self, made: Statement) -> None:
        self.words.want("EXISTS", "(")
        self._select(made)
        self.words.want(")")

    def _select(self, made: Statement) -> None:
        words = self.words
        words.want("SELECT")
        if words.peek().upper in {"DISTINCT", "ALL"}:
            refuse(f"Unsupported token in expression: {words.peek().upper}")
        counted = self._columns(made)
        words.want("FROM")
        self._source(made)
        self._no_alias("WHERE", "ORDER", "LIMIT", "GROUP", "HAVING", "OFFSET")
        self._where(made)
        self._order(made)
        if words.take("LIMIT"):
            refuse(f"Unsupported clause: LIMIT at {words.at(words.peek())}")
        if words.take("GROUP", "BY"):
            refuse("Unsupported clause: GROUP BY")
        if counted is not None:
            made.problem = f"Unexpected path component at {words.at(counted)}"

    def _columns(self, made: Statement) -> Word | None:
        """What is selected; gives the function that stands where only a path may."""
        words = self.words
        if words.take("*"):
            return None
        columns: list[tuple[Path, str]] = []
        function: Word | None = None
        while not columns or words.take(","):
            word = words.peek()
            if word.kind == "word" and words.peek(1).text == "(":
                function = function or word
                self._skip_call()
                columns.append((Path((word.text,)), word.text))
            else:
                path = self.path()
                last = path.steps[-1]
                columns.append((path, last if isinstance(last, str) else words.text[word.start : self.last.end]))
            if words.peek().upper == "AS" or words.peek().kind in {"word", "quoted"}:
                self._no_alias("FROM")
        names = [name for _, name in columns]
        for name in names:
            if names.count(name) > 1 and function is None:
                refuse(f"Duplicate identifiers in select clause: {name}")
        made.columns = tuple(columns)
        return function

    def _skip_call(self) -> None:
        self.words.next()
        depth = 0
        while True:
            text = self.words.next().text
            depth += (text == "(") - (text == ")")
            if not depth:
                return

    def _order(self, made: Statement) -> None:
        words = self.words
        if not words.take("ORDER", "BY"):
            return
        terms: list[tuple[str, bool]] = []
        while not terms or words.take(","):
            path = self.path()
            down = words.take("DESC") or (words.take("ASC") and False)
            terms.append((".".join(map(str, path.steps)), down))
        if words.peek().upper == "WHERE":
            words.finish()
        if made.where is None:
            refuse("Must have WHERE clause in the statement when using ORDER BY clause.")
        made.order = tuple(terms)

    # INSERT.

    def _insert(self, made: Statement) -> None:
        words = self.words
        words.want("INSERT", "INTO")
        self._source_of_insert(made)
        if words.peek().kind in {"word", "quoted"} and words.peek().upper not in {"VALUE", "VALUES"}:
            malformed("Unexpected token after expression")
        words.want("VALUE")
        if words.peek().text != "{":
            refuse(
                "Unsupported format in item expression. Please use struct format {...} to express item values "
                f"for insert statement. at {words.at(words.peek())}"
            )
        made.item = self.item()
        if words.peek().upper == "RETURNING":
            refuse("RETURNING is not supported in INSERT")

    def _source_of_insert(self, made: Statement) -> None:
        self._source(made)
        if made.index is not None:
            refuse("FROM clause may only contain a single table name in data manipulation statements")

    # UPDATE, also with FROM in front.

    def _update(self, made: Statement) -> None:
        self.words.want("UPDATE")
        self._written(made)
        self._no_alias("SET", "REMOVE", "WHERE")
        made.actions = self.updates()
        self._where(made)
        self._returning(made)

    def _from_first(self, made: Statement) -> None:
        self.words.want("FROM")
        self._written(made)
        self._no_alias("SET", "REMOVE", "WHERE")
        self._where(made)
        made.actions = self.updates()
        self._returning(made)

    def updates(self) -> tuple[Action, ...]:
        """SET and REMOVE, in any order."""
        words = self.words
        actions: list[Action] = []
        while words.peek().upper in {"SET", "REMOVE"}:
            if words.next().upper == "REMOVE":
                actions.append(Action(ops.REMOVE, self.path()))
                continue
            actions.append(self._assignment())
            while words.take(","):
                actions.append(self._assignment())
        if not actions:
            malformed("Unexpected token" if words.peek().kind != "end" else "Unexpected term")
        return tuple(actions)

    def _assignment(self) -> Action:
        words = self.words
        path = self.path()
        words.want("=")
        word = words.peek()
        if word.upper in {"SET_ADD", "SET_DELETE"} and words.peek(1).text == "(":
            return self._set_function(path, word)
        return Action(ops.SET, path, self.value())

    def _set_function(self, path: Path, function: Word) -> Action:
        words = self.words
        name = function.upper
        words.next()
        starts: list[Word] = []
        arguments: list[OperandNode] = []
        words.want("(")
        while not words.take(")"):
            if arguments:
                words.want(",")
            starts.append(words.peek())
            arguments.append(self.value())
        if len(arguments) != 2:
            refuse(f"{name} must have exactly two arguments at {words.at(function)}")
        if arguments[0] != path:
            refuse(f"The first argument to {name} must equal the assignment value at {words.at(function)}")
        elements = arguments[1]
        if not isinstance(elements, Parameter) and not (isinstance(elements, Value) and elements.kind in ops.SETS):
            refuse(f"The second argument to {name} must be a value with type SET at {words.at(starts[0])}")
        return Action(ops.ADD if name == "SET_ADD" else ops.DELETE, path, elements)

    # DELETE.

    def _delete(self, made: Statement) -> None:
        self.words.want("DELETE", "FROM")
        self._written(made)
        self._no_alias("WHERE", "RETURNING", "ORDER", "LIMIT")
        self._where(made)
        self._returning(made)
        if made.returning not in {None, ("ALL", "OLD")}:
            _refuse_image(made)


def _refuse_image(made: Statement) -> NoReturn:
    refuse(
        f"Invalid returning clause: RETURNING {' '.join(made.returning or ())} *. "
        "Only RETURNING ALL OLD * is allowed in DELETE statements."
    )


_VERBS: Final = {
    "SELECT": _Reader._select,  # noqa: SLF001
    "EXISTS": _Reader._exists,  # noqa: SLF001
    "INSERT": _Reader._insert,  # noqa: SLF001
    "UPDATE": _Reader._update,  # noqa: SLF001
    "FROM": _Reader._from_first,  # noqa: SLF001
    "DELETE": _Reader._delete,  # noqa: SLF001
}
