"""Which statement does a tree stand for?  One function for each verb; each takes in every clause, or refuses it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Call, OperandNode, Parameter, Value
from dynexpr.expression.operand import Expr
from dynexpr.frontends.partiql_values import Leaf
from dynexpr.frontends.sql_literals import value_of
from dynexpr.frontends.sql_names import Names
from dynexpr.frontends.sql_walk import Walker, kind_of, node_of
from dynexpr.frontends.sql_words import FUNCTIONS
from dynexpr.statements.base import Statement
from dynexpr.statements.count import Count
from dynexpr.statements.select import Select, select
from dynexpr.statements.write import Delete, Insert, UpdateStatement, delete, insert, update
from dynexpr.tables import Table
from dynexpr.types import ColumnType, List
from dynexpr.wire import freeze

_FUNCTION_OF: Final = {letter: name for name, letter in FUNCTIONS.items()}


class Reader:
    """Makes the statement of a tree."""

    def __init__(self, walker: Walker, tables: dict[str, Table]) -> None:
        self.walker = walker
        self.tables = tables

    def statement(self, tree: Any) -> Statement:
        """The statement, whatever it is."""
        reader = _VERBS.get(kind_of(tree))
        if reader is None:
            self.walker.fail(f"it has no meaning here ({kind_of(tree)})", tree)
        statement = reader(self, self.walker.check(tree))
        self.walker.check_all_used()
        return statement

    def _table(self, node: Any) -> Any:
        """Find the table, for the names of all other clauses; gives the model, or the table itself."""
        walker = self.walker
        if kind_of(node) in {"From", "Schema"}:
            node = walker.check(node).this
        leaf = walker.leaf(walker.check(node, "Table"), "path")
        walker.names = Names(walker.text, self.tables, leaf)
        table = walker.names.table
        return table if table.entity is None else table.entity

    def _one_table(self, node: Any) -> Any:
        entity = self._table(node)
        if self.walker.names.index is not None:
            self.walker.fail("an index is read, the table is written", node)
        return entity

    def _where(self, tree: Any, statement: Any) -> Any:
        where = tree.args.get("where")
        return statement if where is None else statement.where(self.walker.condition(self.walker.check(where).this))

    # SELECT

    def _select(self, tree: Any) -> Statement:
        walker = self.walker
        source = tree.args.get("from_") or tree.args.get("from")
        if source is None:
            walker.fail("FROM is missing", tree)
        entity = self._table(source)
        wanted = tree.expressions
        if not wanted:
            walker.fail("SELECT names columns, or *", tree)
        group = tree.args.get("group")
        having = tree.args.get("having")
        computed = [node for node in wanted if self._is_aggregate(node)]
        alone = len(wanted) == 1 and group is None and having is None
        if alone and computed and walker.leaf(wanted[0]).value == ("count", None):
            return self._counted(tree, select(entity), wanted[0])
        if group is not None or computed:
            outputs = [self._output(node) for node in wanted]
            statement: Select[Any] = select(*outputs)
            if group is not None:
                columns = [self._selected(node) for node in walker.check(group).expressions]
                with walker.pointing_at(group):
                    statement = statement.group_by(*columns)
            with walker.pointing_at(wanted[0]):
                statement.check()
            if having is not None:
                condition = walker.condition(walker.check(having).this)
                with walker.pointing_at(having):
                    statement = statement.having(condition)
        elif having is not None:
            walker.fail("HAVING chooses among groups: conditions on items stand in WHERE", having)
        elif len(wanted) == 1 and kind_of(wanted[0]) == "Star":
            walker.check(wanted[0])
            statement = select(entity)
        else:
            statement = select(*[self._selected(node) for node in wanted])
        statement = self._from(tree, statement)
        return self._limited(tree.args.get("limit"), self._ordered(tree.args.get("order"), statement))

    def _from(self, tree: Any, statement: Any) -> Any:
        """The statement with its conditions, and the index that FROM names."""
        statement = self._where(tree, statement)
        index = self.walker.names.index
        return statement if index is None else statement.using(index)

    def _counted(self, tree: Any, statement: Select[Any], node: Any) -> Count:
        """`SELECT COUNT(*)`."""
        if tree.args.get("order") is not None or tree.args.get("limit") is not None:
            self.walker.fail("COUNT(*) is one number: it has no ORDER BY and no LIMIT", node)
        return Count(self._from(tree, statement))

    def _is_aggregate(self, node: Any) -> bool:
        return kind_of(node) == "Column" and self.walker.leaf(node).kind == "aggregate"

    def _output(self, node: Any) -> Any:
        """A column, or what is computed of one."""
        if not self._is_aggregate(node):
            return self._selected(node)
        with self.walker.pointing_at(node):
            return self.walker.aggregate(self.walker.leaf(node))

    def _selected(self, node: Any) -> Column[Any]:
        walker = self.walker
        if kind_of(node) != "Column":
            walker.check(node, "Column")
        leaf = walker.leaf(node)
        if leaf.kind != "path":
            walker.fail("SELECT names columns; there are no computed values", node)
        return walker.names.column(leaf)

    def _ordered(self, order: Any, statement: Select[Any]) -> Select[Any]:
        if order is None:
            return statement
        terms = self.walker.check(order).expressions
        if statement.computes:
            with self.walker.pointing_at(terms[0]):
                return statement.order_by(*[self._group_order(term) for term in terms])
        if len(terms) != 1:
            self.walker.fail("DynamoDB orders by the sort key alone: ORDER BY takes one column", terms[1])
        term = self.walker.check(terms[0], "Ordered")
        column = self.walker.column(term.this)
        return statement.order_by(column.desc() if term.args.get("desc") else column.asc())

    def _group_order(self, node: Any) -> Any:
        term = self.walker.check(node, "Ordered")
        output = self._output(term.this)
        return output.desc() if term.args.get("desc") else output.asc()

    def _limited(self, limit: Any, statement: Select[Any]) -> Select[Any]:
        if limit is None:
            return statement
        node = self.walker.check(limit).expression
        leaf = self.walker.leaf(node)
        count = leaf.value
        if (
            leaf.kind == "parameter"
            or not isinstance(count, Decimal)
            or count != count.to_integral_value()
            or count < 1
        ):
            self.walker.fail("LIMIT takes a whole number from 1; .limit(n) of the statement takes a variable", node)
        return statement.limit(int(count))

    # INSERT

    def _insert(self, tree: Any) -> Insert[Any]:
        walker = self.walker
        entity = self._one_table(tree.this)
        rows = walker.check(tree.expression, "Values").expressions
        if len(rows) != 1:
            walker.fail("one item a statement; several are written by transact(...)", rows[1])
        values = walker.check(rows[0], "Tuple").expressions
        named = list(self._item(tree, values))
        table = walker.names.table
        statement: Insert[Any] = insert(entity)
        given: set[str] = set()
        for node, column, value in named:
            if column.key in given:
                walker.fail(f"{table.title}.{column.key} is there twice", node)
            given.add(str(column.key))
            with walker.pointing_at(node):
                statement = statement.values(**{str(column.key): self._stored(column, value)})
        return statement

    def _item(self, tree: Any, values: list[Any]) -> Iterator[tuple[Any, Column[Any], Any]]:
        """The columns of a new item and their values, each with the node to point at."""
        walker = self.walker
        if kind_of(tree.this) == "Schema":
            columns = walker.check(tree.this).expressions
            if len(columns) != len(values):
                walker.fail(f"{len(columns)} columns have {len(values)} values", tree.this)
            for node, value in zip(columns, values, strict=True):
                column = walker.column(node)
                if column.key is None:
                    walker.fail(f"{column} is not declared, so it can't be inserted", node)
                yield value, column, walker.leaf(walker.inside(value))
            return
        leaf = walker.leaf(values[0])
        if len(values) != 1 or not isinstance(leaf.value, dict):
            walker.fail("name the columns, INSERT INTO t (id, amount) VALUES (…), or write VALUE {'id': …}", values[0])
        for name, value in leaf.value.items():
            column = walker.names.bare(name, leaf.start)
            yield values[0], column, value if isinstance(value, Leaf) else Leaf("literal", leaf.start, leaf.end, value)

    def _stored(self, column: Column[Any], leaf: Leaf) -> Any:
        """What values() and set() take for a literal or a parameter."""
        if leaf.kind == "path":
            raise ArgumentError("a new item takes values, not other attributes")
        if leaf.kind == "parameter":
            return Parameter(leaf.value)
        return None if leaf.value is None else value_of(column.type, leaf.value)

    # UPDATE

    def _update(self, tree: Any) -> UpdateStatement[Any]:
        walker = self.walker
        statement: UpdateStatement[Any] = update(self._one_table(tree.this))
        for node in tree.expressions:
            with walker.pointing_at(node):
                statement = self._acted(statement, node)
        statement = self._where(tree, statement)
        return self._returned(statement)  # type: ignore[no-any-return]

    def _acted(self, statement: UpdateStatement[Any], node: Any) -> UpdateStatement[Any]:
        walker = self.walker
        if kind_of(node) == "BitwiseNot":
            return statement.remove(walker.column(walker.check(node).this))
        if kind_of(node) != "EQ":
            walker.fail("SET takes assignments, a = 1; what is removed stands behind a REMOVE of its own", node)
        column = walker.column(walker.check(node).this)
        value = walker.inside(node.expression)
        if kind_of(value) == "Anonymous":
            name, arguments = self._function(value)
            if name in {"set_add", "set_delete"}:
                return self._set_changed(statement, column, name, arguments, value)
        return statement.set(column, self._value(value, column.type))

    def _function(self, node: Any) -> tuple[str, list[Any]]:
        name = _FUNCTION_OF[self.walker.check(node).this[0]]
        arguments = node.args.get("expressions") or []
        wanted = 1 if name in {"size", "attribute_exists", "attribute_not_exists"} else 2
        if len(arguments) != wanted:
            self.walker.fail(f"{name}() takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}", node)
        return name, arguments

    def _set_changed(
        self, statement: UpdateStatement[Any], column: Column[Any], name: str, arguments: list[Any], node: Any
    ) -> UpdateStatement[Any]:
        if self.walker.column(arguments[0]).node != column.node:
            self.walker.fail(f"{name}() changes the set it is given to: SET {column} = {name}({column}, …)", node)
        leaf = self.walker.leaf(self.walker.inside(arguments[1]), "literal", "parameter")
        if leaf.kind == "literal" and not isinstance(leaf.value, frozenset):
            self.walker.fail(f"{name}() takes a set: <<'a', 'b'>>", arguments[1])
        elements = self._stored(column, leaf)
        return statement.add(column, elements) if name == "set_add" else statement.delete(column, elements)

    def _value(self, node: Any, type_: ColumnType[Any]) -> Any:
        """A value of SET: what `statement.set(column, …)` takes."""
        walker = self.walker
        node = walker.inside(node)
        kind = kind_of(node)
        if kind in {"Add", "Sub"}:
            return self._sum(walker.check(node), type_)
        if kind == "Anonymous":
            name, arguments = self._function(node)
            if name == "if_not_exists":
                column = walker.column(arguments[0])
                return column.if_not_exists(self._operand(arguments[1], column.type))
            if name == "list_append":
                return Expr(Call(ops.LIST_APPEND, tuple(self._list(each, type_) for each in arguments)), type_)
            walker.fail(f"{name}() is no value of SET", node)
        leaf = walker.leaf(node, "path", "literal", "parameter")
        if leaf.kind == "path":
            return walker.names.column(leaf)
        return self._stored(Column("value", type_), leaf)

    def _operand(self, node: Any, type_: ColumnType[Any]) -> Any:
        value = self._value(node, type_)
        if value is None:
            self.walker.fail("NULL is no operand", node)
        return value

    def _sum(self, node: Any, type_: ColumnType[Any]) -> Any:
        left, right = self._operand(node.this, type_), self._operand(node.expression, type_)
        if any(isinstance(side, Expr) and kind_of(side.node) == "Arithmetic" for side in (left, right)):
            self.walker.fail("SET adds or subtracts two terms, not three; add up the numbers first", node)
        if not isinstance(left, Expr) and not isinstance(right, Expr):
            self.walker.fail("one of the two terms is an attribute; add up the numbers first", node)
        if isinstance(left, Parameter):
            left = Expr(left, type_)
        return left + right if kind_of(node) == "Add" else left - right

    def _list(self, node: Any, type_: ColumnType[Any]) -> OperandNode:
        """An operand of list_append: an attribute, a list, a parameter, or if_not_exists()."""
        value = self._operand(node, type_)
        if isinstance(value, Expr | OperandNode):
            return node_of(value)
        if not isinstance(value, list):
            self.walker.fail("list_append() joins two lists: list_append(a, ['x'])", node)
        return Value(freeze((type_ if isinstance(type_, List) else List()).encode(value)))

    # DELETE

    def _delete(self, tree: Any) -> Delete[Any]:
        statement: Delete[Any] = delete(self._one_table(tree.this))
        return self._returned(self._where(tree, statement))  # type: ignore[no-any-return]

    def _returned(self, statement: Any) -> Any:
        returning = self.walker.skeleton.returning
        if returning is None:
            return statement
        image, offset = returning
        try:
            return statement.returning(image)
        except ArgumentError as error:
            self.walker.skeleton.words.fail(f"{error} (ALL OLD *)", offset)


_VERBS: Final[dict[str, Callable[[Reader, Any], Statement]]] = {
    "Select": Reader._select,  # noqa: SLF001
    "Insert": Reader._insert,  # noqa: SLF001
    "Update": Reader._update,  # noqa: SLF001
    "Delete": Reader._delete,  # noqa: SLF001
}
