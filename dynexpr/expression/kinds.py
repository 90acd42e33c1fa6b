"""Which kinds of expression does a request have, and what are they called there?

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from typing import Final, Literal

Kind = Literal["condition", "filter", "key condition", "update", "projection"]

PARAMETERS: Final[dict[Kind, str]] = {
    "condition": "ConditionExpression",
    "filter": "FilterExpression",
    "key condition": "KeyConditionExpression",
    "update": "UpdateExpression",
    "projection": "ProjectionExpression",
}
"""The parameter of the request that has it."""


def refused(kind: Kind, words: str) -> str:
    """How the service says what is wrong with an expression."""
    return f"Invalid {PARAMETERS[kind]}: {words}"
