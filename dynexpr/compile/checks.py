"""Would DynamoDB refuse this expression?  What can be said of it without an item, in the service's own order.

The service walks an expression from its innermost parts outwards and from left to right, looks at each part alone, and
refuses at the first problem; an update's paths come before its values, and its last action before its first. Each
error's `reason` is what the service would say.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from dynexpr.compile.ordinary import is_ordinary
from dynexpr.errors import ExpressionError
from dynexpr.expression.kinds import Kind, refused
from dynexpr.expression.nodes import Condition, Projection, Update
from dynexpr.expression.walk import paths


def check_condition(condition: Condition, kind: Kind = "condition") -> None:
    """Refuse a condition that DynamoDB would refuse whatever the item is."""
    if not is_ordinary(condition):
        from dynexpr.compile.parts import Checker

        Checker(kind).check(condition)


def check_update(update: Update) -> None:
    """Refuse an update that DynamoDB would refuse whatever the item is."""
    from dynexpr.compile.overlaps import check_distinct
    from dynexpr.compile.parts import Checker

    checker = Checker("update")
    if not update.actions:
        raise ExpressionError(
            "an update without actions says nothing: set, remove, add or delete something",
            node=update,
            reason=refused("update", "The expression can not be empty;"),
        )
    checker.indexes(paths(update))
    actions = update.actions[::-1]
    for action in actions:
        checker.part(action.path)
    check_distinct("update", [action.path for action in actions])
    for action in actions:
        checker.action(action)


def check_projection(projection: Projection) -> None:
    """Refuse a projection that DynamoDB would refuse whatever the item is."""
    from dynexpr.compile.overlaps import check_distinct
    from dynexpr.compile.parts import Checker

    checker = Checker("projection")
    if not projection.paths:
        raise ExpressionError(
            "a projection without paths returns nothing: name an attribute, or leave the projection out",
            node=projection,
            reason=refused("projection", "The expression can not be empty;"),
        )
    checker.indexes(projection.paths)
    for path in projection.paths:
        checker.part(path)
    check_distinct("projection", projection.paths[::-1])
