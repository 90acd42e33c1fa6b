"""Where is DynamoDB Local known to differ from the service?  Every comparison with it consults this table.

dynexpr does as the service does. An exception has a source outside this project: the service's documentation, its
recorded answers, or a test that its author ran against the service.
"""

from typing import Final, NamedTuple


class KnownException(NamedTuple):
    """One difference: what DynamoDB Local does, what the service does, and who says so."""

    name: str
    local: str
    service: str
    source: str


_ALTERNATOR = "https://github.com/scylladb/scylladb/blob/master/test/alternator/"

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"
_PARITY = "https://github.com/paritysuite/dynamodb-conformance (recorded answers of the service)"
_RECORDED = "https://github.com/architect/dynalite/tree/main/test (messages recorded from the service)"
_QUIRKS = "ack-api-quirks, services/dynamodb (answers of the service, recorded in October 2026)"

KNOWN_EXCEPTIONS: Final = (
    KnownException(
        "nested-updated-values",
        "UPDATED_OLD and UPDATED_NEW return the whole top-level attribute when a place inside it was updated",
        "they return the touched places only, nested as they are",
        _ALTERNATOR + "test_returnvalues.py (test_update_item_returnvalues_nested)",
    ),
    KnownException(
        "missed-key-element",
        '"Query condition missed key schema element" without the attribute\'s name',
        'with it: "Query condition missed key schema element: pk"',
        "an answer of the service quoted in https://github.com/dynamoose/dynamoose/issues/992",
    ),
    KnownException(
        "words-of-key-conditions",
        "has other words for two conditions on one key, for too many, and for a step into a key attribute",
        "the words dynexpr uses",
        _PARITY,
    ),
    KnownException(
        "key-in-transaction",
        "a key of the wrong type makes the whole transaction a ValidationException",
        "it cancels the transaction with the reason ValidationError",
        _PARITY,
    ),
    KnownException(
        "number-of-zero",
        "takes a zero with any exponent",
        "refuses 0e126 and 0e-131 as it does 1e126 and 1e-131",
        _PARITY,
    ),
    KnownException(
        "update-size",
        "limits the item that an update makes",
        "of UpdateItem limits what its expression says as well, with a charge for each action",
        _PARITY,
    ),
    KnownException(
        "order-of-sets",
        "answers the elements of a set in the order in which they were written",
        "in order: texts and bytes by their bytes, numbers by value",
        _PARITY,
    ),
    KnownException(
        "deep-values",
        "takes a value of an expression that has one level more than an attribute may have, in an update as elsewhere",
        "refuses it in UpdateItem",
        _PARITY,
    ),
    KnownException(
        "unknown-operator",
        "fails with an internal error at an unknown ConditionalOperator of a write",
        "refuses it",
        _PARITY,
    ),
    KnownException(
        "check-and-write-of-one-item",
        "carries out a transaction that checks an item and changes it as well",
        "refuses two actions on one item",
        _API + "API_TransactWriteItems.html",
    ),
    KnownException(
        "number-text",
        "a stored number keeps its spelling: 12.50",
        "numbers are answered in canonical form: 12.5",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html",
    ),
    KnownException(
        "remove-of-missing-item",
        "an update that only removes or deletes creates the bare item when there is none, or refuses a place inside it",
        "it creates nothing",
        _ALTERNATOR + "test_returnvalues.py (test_update_item_returnvalues_all_new)",
    ),
    KnownException(
        "transact-get-nothing",
        "TransactGetItems answers an empty Item where the projection finds nothing in an item",
        "answers no Item",
        _PARITY,
    ),
    KnownException(
        "precision-of-sums",
        "says of a sum with too many digits that precision is limited",
        "says that the number is too large",
        _ALTERNATOR + "test_number.py (test_update_expression_plus_imprecise)",
    ),
    KnownException(
        "type-name-from-attribute",
        "refuses attribute_type(a, b) with a list of internal types in no particular order",
        "unknown; dynexpr lists the ten types",
        "tried: operand type: {DECIMALSET,INTSET,INT,BOOL,M,…}",
    ),
    KnownException(
        "colliding-paths",
        "of three or more paths, the two named in an overlap or conflict need not be the two that collide",
        "unknown; dynexpr names the two that collide",
        "tried: SET a = :n, b = :n, a = :n is refused with path one: [a], path two: [b]",
    ),
    KnownException(
        "bare-reserved-words",
        "`size` and `convert` are accepted as bare attribute names",
        "they are reserved words",
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html",
    ),
    KnownException(
        "words-of-item-checks",
        "names neither attribute nor limit when a key or a number is wrong",
        "names the attribute, the types, the limit",
        _RECORDED,
    ),
    KnownException(
        "words-of-request-checks",
        "has a message of its own for each member of a request that is missing or out of bounds",
        "checks members against its model: `N validation errors detected: Value … failed to satisfy constraint: …`",
        _RECORDED,
    ),
    KnownException(
        "words-of-missing-table",
        "Cannot do operations on a non-existent table",
        "Requested resource not found",
        _RECORDED,
    ),
    KnownException(
        "words-of-the-control-plane",
        "has other words for what is wrong with a new table",
        "the words dynexpr uses",
        _RECORDED,
    ),
    KnownException(
        "combined-update-table",
        "UpdateTable carries out several kinds of change at once",
        "refuses most pairs: one kind of change in one request",
        _QUIRKS,
    ),
    KnownException(
        "broken-control-plane",
        "fails with a 500, or with another code, where a request on tables is wrong in a way it did not expect",
        "answers a ValidationException, or a ResourceNotFoundException for what is not there",
        _QUIRKS,
    ),
    KnownException(
        "enum-not-checked",
        "ignores an unknown word in ReturnConsumedCapacity",
        "refuses it",
        _API + "API_PutItem.html",
    ),
    KnownException(
        "collection-metrics",
        "never answers ItemCollectionMetrics",
        "answers them for a table with local indexes",
        _GUIDE + "LSI.html#LSI.ItemCollections",
    ),
    KnownException(
        "batch-get-missing",
        "a key without an item costs nothing in BatchGetItem",
        "half a unit, or one, as in GetItem",
        _GUIDE + "read-write-operations.html",
    ),
    KnownException(
        "empty-read",
        "a query that finds nothing costs nothing",
        "half a unit, or one",
        _GUIDE + "read-write-operations.html",
    ),
    KnownException(
        "transaction-units",
        "a transaction names its units once",
        "a second time, as ReadCapacityUnits or WriteCapacityUnits",
        _API + "API_ConsumedCapacity.html",
    ),
    KnownException(
        "equal-actions",
        "of several actions of a transaction that take the same units on a table with indexes, one is counted",
        "each action is counted",
        _GUIDE + "transaction-apis.html#transaction-capacity-handling",
    ),
    KnownException(
        "check-units",
        "a condition check takes two units however large the item is",
        "two units for each KB of the item, as for all items of a transaction",
        _GUIDE + "transaction-apis.html#transaction-capacity-handling",
    ),
    KnownException(
        "update-in-transaction",
        "an update that the item does not allow makes the whole transaction a ValidationException",
        "it cancels the transaction with the reason ValidationError",
        _API + "API_TransactWriteItems.html (cancellation reason codes)",
    ),
    KnownException(
        "index-fetch",
        "reads of a local index are billed for the table by whether they have a projection, and scans never",
        "the table is read only for what the index lacks",
        _GUIDE + "LSI.html#LSI.ThroughputConsiderations.Reads",
    ),
    KnownException(
        "table-before-syntax",
        "a table that does not exist is reported before an expression that can't be read",
        "expressions are read first",
        _RECORDED,
    ),
    KnownException(
        "unasked-capacity",
        "DeleteItem of a missing item with ReturnValues=ALL_OLD answers ConsumedCapacity unasked",
        "ConsumedCapacity is answered when it was asked for",
        _API + "API_DeleteItem.html",
    ),
    KnownException(
        "lenient-control-plane",
        "CreateTable and UpdateTable pass over what contradicts the billing mode or itself, and unknown classes",
        "refuses it",
        _QUIRKS,
    ),
    KnownException(
        "update-without-action",
        "AttributeUpdates passes over an attribute that has a Value and no Action",
        "the Action is PUT where none is given",
        _API + "API_AttributeValueUpdate.html",
    ),
    KnownException(
        "words-of-partiql",
        "repeats a PartiQL statement that it can't read, and has other words for some refusals",
        "says what is wrong with it, and where",
        _PARITY,
    ),
    KnownException(
        "partiql-capacity",
        "never answers ConsumedCapacity of PartiQL",
        "answers it as for other operations",
        _PARITY,
    ),
    KnownException(
        "partiql-duplicate",
        "names the error of an INSERT of an item that is there DuplicateItem, and ValidationError in a transaction",
        "DuplicateItemException, and DuplicateItem in a transaction",
        _PARITY,
    ),
    KnownException(
        "partiql-next-token",
        "fails with an internal error at a NextToken it can't read",
        "refuses it",
        _API + "API_ExecuteStatement.html",
    ),
    KnownException(
        "partiql-order",
        "fails with an internal error at ORDER BY … DESC with columns",
        "answers in that order",
        _PARITY,
    ),
    KnownException(
        "partiql-index-scan",
        "looks for an attribute that an index lacks in the table when PartiQL scans the index",
        "the index has no such attribute",
        _PARITY,
    ),
    KnownException(
        "partiql-index-filter",
        "filters a PartiQL query of an index by what the index does not project",
        "refuses the filter",
        _PARITY,
    ),
    KnownException(
        "partiql-overlap",
        "carries out a SELECT whose branches read the same part of a partition",
        "refuses it, unless a branch negates a condition on the sort key",
        _PARITY,
    ),
    KnownException(
        "partiql-batch",
        "has other words for what is wrong with a statement in a batch",
        "the words dynexpr uses",
        _PARITY,
    ),
)
