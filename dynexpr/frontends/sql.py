"""SQL and PartiQL text -> the statements Python's functions make. Public as `dynexpr.sql`.

    sql("SELECT id, amount FROM payments WHERE customer_id = :c AND amount > 10", Base)

`sql_words` and `partiql_values` read the text's words and values, `partiql_tokens` makes of it what a plain SQL parser
understands, `sql_walk` and `sql_statements` read the parser's tree by a whitelist, `sql_names` and `sql_literals` say
which column a name means and which value a literal. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from typing import Any

from dynexpr import limits
from dynexpr.errors import ArgumentError, SqlError
from dynexpr.frontends.partiql_tokens import Skeleton
from dynexpr.frontends.sql_names import tables_of
from dynexpr.frontends.sql_statements import Reader
from dynexpr.frontends.sql_walk import Walker


def sql(text: str, *tables: Any) -> Any:
    """The statement an SQL or PartiQL text stands for: a `Select`, `Insert`, `UpdateStatement`, `Delete` or `Count`.

    *tables* says what names mean: a Base, a MetaData, models or Tables. The statement is checked, planned, explained
    and executed like one made in Python; its parameters `:name` or `?` are given when it is executed.

    >>> from dynexpr import Column, ColumnOptions, MetaData, Table
    >>> from dynexpr.types import Number, String
    >>> payments = Table(
    ...     "payments",
    ...     MetaData(),
    ...     Column("id", String(), ColumnOptions(partition_key=True)),
    ...     Column("amount", Number()),
    ... )
    >>> statement = sql("SELECT amount FROM payments WHERE id = :id AND amount > 10", payments)
    >>> print(statement)
    SELECT amount FROM payments WHERE id = :id AND amount > 10
    >>> statement.bindparams(id="p1").compile().params["KeyConditionExpression"]
    '#n0 = :v0'

    Raises SqlError, with the offset, for what is malformed or has no meaning in DynamoDB; no clause is ever ignored.
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a text is wanted, not {text!r}")
    known = tables_of(tables)
    if len(text) > limits.STATEMENT_CHARS:
        raise SqlError(
            f"the statement has {len(text):,} characters; DynamoDB reads at most {limits.STATEMENT_CHARS:,}; "
            "give long values as parameters",
            text=text,
            offset=limits.STATEMENT_CHARS,
        )
    try:
        skeleton = Skeleton(text)
        walker = Walker(skeleton)
        return Reader(walker, known).statement(_parsed(skeleton))
    except RecursionError:
        raise SqlError("the statement is nested too deeply; use fewer parentheses", text=text, offset=0) from None


def _parsed(skeleton: Skeleton) -> Any:
    """The parser's tree of a skeleton."""
    from sqlglot import parse
    from sqlglot.errors import ParseError, TokenError

    try:
        trees = parse(skeleton.sql)
    except ParseError as error:
        # The column is that of the last character of the token, counted from 1; the skeleton is one line.
        offset = max(0, (error.errors[0].get("col") or 1) - 1) if error.errors else 0
    except TokenError:
        offset = 0
    else:
        if len(trees) == 1 and trees[0] is not None:
            return trees[0]
        offset = 0
    word = skeleton.words.around(offset)
    raise skeleton.words.error(f"this is no statement: unexpected {word.text}", word.start)
