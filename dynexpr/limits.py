"""DynamoDB's numbers, each with the page it comes from.

A limit is a default of the service, not of dynexpr: nothing here can be raised by an option.
"""

from typing import Final

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (expression parameters)
EXPRESSION_BYTES: Final = 4096
OPERATORS: Final = 300
IN_OPERANDS: Final = 100
SUBSTITUTION_BYTES: Final = 2 * 1024 * 1024
PLACEHOLDER_BYTES: Final = 255
NESTING: Final = 32
# Not documented; a larger index is refused with "List index is not within the allowable range".
LIST_INDEX: Final = 2**31 - 1

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (items, keys, names)
ITEM_BYTES: Final = 400 * 1024
PARTITION_KEY_BYTES: Final = 2048
SORT_KEY_BYTES: Final = 1024
ATTRIBUTE_NAME_BYTES: Final = 65535
KEY_NAME_BYTES: Final = 255
TABLE_NAME_MIN: Final = 3
TABLE_NAME_MAX: Final = 255

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html (numbers)
NUMBER_DIGITS: Final = 38
NUMBER_MAX_EXPONENT: Final = 125
NUMBER_MIN_EXPONENT: Final = -130

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
PAGE_BYTES: Final = 1024 * 1024
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
SEGMENTS: Final = 1_000_000

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_GET_KEYS: Final = 100
BATCH_GET_BYTES: Final = 16 * 1024 * 1024
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_WRITE_ITEMS: Final = 25
BATCH_WRITE_BYTES: Final = 16 * 1024 * 1024

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
TRANSACT_ITEMS: Final = 100
TRANSACT_BYTES: Final = 4 * 1024 * 1024
TOKEN_CHARS: Final = 36
TOKEN_SECONDS: Final = 600

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
STATEMENT_CHARS: Final = 8192
BATCH_STATEMENTS: Final = 25

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html (indexes)
GLOBAL_INDEXES: Final = 20
LOCAL_INDEXES: Final = 5
INDEX_PARTITION_KEYS: Final = 4
INDEX_SORT_KEYS: Final = 4
INDEX_PROJECTED_ATTRIBUTES: Final = 20
PROJECTED_ATTRIBUTES: Final = 100

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Tag.html
TAGS: Final = 50
TAG_KEY_CHARS: Final = 128
TAG_VALUE_CHARS: Final = 256

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
STREAM_RECORDS: Final = 1000
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
STREAM_PAGE: Final = 100

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
READ_UNIT_BYTES: Final = 4096
WRITE_UNIT_BYTES: Final = 1024
