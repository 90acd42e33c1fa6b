"""`dynexpr explain`: what an SQL statement would send, why, and what it costs."""

import argparse
import json
from typing import Any

from dynexpr import sql
from dynexpr.cli import models
from dynexpr.statements.count import Count
from dynexpr.statements.parameters import parameters_of
from dynexpr.statements.select import Select

EXAMPLES = """\
examples:
  dynexpr explain "SELECT * FROM payments WHERE customer_id = :c AND amount > 10" --models app.models
  dynexpr explain "UPDATE payments SET amount = amount + 5 WHERE id = 'p1'" --models models.py
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = "Show what a statement would send, why, and what it costs. Nothing is sent."
    parser.epilog = EXAMPLES
    parser.add_argument("statement", metavar="SQL", help="SELECT, INSERT, UPDATE or DELETE; parameters may stay open")
    models.arguments(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def run(chosen: argparse.Namespace) -> None:
    """Explain the statement."""
    statement = sql(chosen.statement, *models.tables_in(chosen.models))
    if isinstance(statement, Select | Count):
        explained = statement.explain()
        print(json.dumps(explained.to_dict(), default=str, indent=2) if chosen.json else explained)
        return
    unbound = parameters_of(statement)
    if unbound:
        # Which item a write is about, and what it sends, is known with the values only.
        facts: dict[str, Any] = {"statement": str(statement), "parameters": [f":{name}" for name in unbound]}
    else:
        request = statement.compile()
        facts = {"statement": str(statement), "operation": request.operation, "request": request.params}
    if chosen.json:
        print(json.dumps(facts, default=str, indent=2))
        return
    for label, fact in facts.items():
        shown = json.dumps(fact, default=str, ensure_ascii=False) if isinstance(fact, dict) else fact
        print(f"{label:<14}{', '.join(shown) if isinstance(shown, list) else shown}")
