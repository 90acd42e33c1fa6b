"""What is an attribute, or a table, called in DynamoDB where nobody says?"""

import re
from typing import Literal

Naming = Literal["as_written", "snake", "camel"]


def attribute_name(name: str, naming: Naming) -> str:
    """The DynamoDB name of a Python name.

    >>> attribute_name("customer_id", "camel"), attribute_name("customerId", "snake")
    ('customerId', 'customer_id')
    """
    if naming == "as_written":
        return name
    core = name.strip("_")
    before, after = name[: len(name) - len(name.lstrip("_"))], name[len(name.rstrip("_")) :] if core else ""
    if naming == "camel":
        first, *rest = core.split("_")
        return before + first + "".join(part[:1].upper() + part[1:] for part in rest) + after
    return before + snake_case(core) + after


def snake_case(name: str) -> str:
    """A name in snake_case.

    >>> snake_case("PaymentMethod"), snake_case("HTTPServer"), snake_case("lineV2")
    ('payment_method', 'http_server', 'line_v2')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def plural(name: str) -> str:
    """The plural of an English word, by its ending alone; what it gets wrong is given as `__tablename__`.

    >>> plural("payment"), plural("category"), plural("day"), plural("box"), plural("address")
    ('payments', 'categories', 'days', 'boxes', 'addresses')
    """
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return name + "es"
    return name + "s"
