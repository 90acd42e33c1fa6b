"""Which operations of the service has the embedded engine not, and why?"""

from typing import Final, NoReturn

from dynexpr.local.errors import LocalServiceError

_REASONS: Final = {
    "a backup is a copy of the file": (
        "CreateBackup", "DeleteBackup", "DescribeBackup", "ListBackups", "RestoreTableFromBackup",
        "RestoreTableToPointInTime",
    ),
    "it has one region": (
        "CreateGlobalTable", "DescribeGlobalTable", "DescribeGlobalTableSettings", "ListGlobalTables",
        "UpdateGlobalTable", "UpdateGlobalTableSettings", "DescribeTableReplicaAutoScaling",
        "UpdateTableReplicaAutoScaling",
    ),
    "it reaches no S3": (
        "DescribeExport", "DescribeImport", "ExportTableToPointInTime", "ImportTable", "ListExports", "ListImports",
        "StartBulkPutItems", "CancelBulkOperation", "DescribeBulkOperation", "ListBulkOperations",
    ),
    "it reaches no Kinesis; DynamoDB Streams it has": (
        "DescribeKinesisStreamingDestination", "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination", "UpdateKinesisStreamingDestination",
    ),
    "it reaches no CloudWatch": (
        "DescribeContributorInsights", "ListContributorInsights", "UpdateContributorInsights",
    ),
    "it has no accounts whose access a policy could rule": (
        "DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy",
    ),
    "it searches no vectors": ("SearchVectors",),
}  # fmt: skip

UNSUPPORTED: Final = {operation: reason for reason, operations in _REASONS.items() for operation in operations}


def refuse_operation(operation: str) -> NoReturn:
    """Answer that the engine has no such operation, with the reason where the service has it."""
    reason = UNSUPPORTED.get(operation)
    message = (
        f"dynexpr's embedded engine does not know the operation {operation}"
        if reason is None
        else f"dynexpr's embedded engine does not have {operation}: {reason}"
    )
    raise LocalServiceError("UnknownOperationException", message)
