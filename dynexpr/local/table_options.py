"""Which further settings may a table have?  Its stream, encryption and class: checks, and how they are described.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.errors import invalid_parameter, refuse
from dynexpr.local.names import ACCOUNT, REGION

Params = Mapping[str, Any]

_CLASSES: Final = ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
_OWN_KEY: Final = "00000000-0000-4000-8000-64796e616d6f"  # of alias/aws/dynamodb
_ABSENT: Final = {
    "ResourcePolicy": "it has no accounts",
    "GlobalTableSourceArn": "it has one region",
    "GlobalTableSettingsReplicationMode": "it has one region",
    "ReplicaUpdates": "it has one region",
    "MultiRegionConsistency": "it has one region",
    "GlobalTableWitnessUpdates": "it has one region",
    "DisassociationProtectionEnabled": "it has one region",
    "VectorIndexes": "it searches no vectors",
    "VectorIndexUpdates": "it searches no vectors",
}


def check_absent(params: Params) -> None:
    """Refuse, by name, what an engine in one process can't mean."""
    for name, reason in _ABSENT.items():
        if params.get(name):
            refuse(f"The embedded engine does not support {name}: {reason}")


def check_new_stream(specification: Params | None) -> None:
    """Refuse the stream of a new table that says one thing and its opposite."""
    if specification is None:
        return
    if specification["StreamEnabled"] and specification.get("StreamViewType") is None:
        invalid_parameter("Table is being created with a stream enabled, UpdateViewType is required")
    if not specification["StreamEnabled"] and specification.get("StreamViewType") is not None:
        invalid_parameter("Table is being created with a stream disabled, UpdateViewType should not be specified")


def check_stream_change(specification: Params) -> None:
    """Refuse a change of a table's stream that says one thing and its opposite."""
    if specification["StreamEnabled"] and specification.get("StreamViewType") is None:
        invalid_parameter("If stream is being enabled then UpdateViewType is required")
    if not specification["StreamEnabled"] and specification.get("StreamViewType") is not None:
        invalid_parameter("If stream is being disabled, then UpdateViewType must not be specified")


def check_encryption(specification: Params | None) -> None:
    """Refuse an encryption at rest that contradicts itself."""
    if not specification:
        return
    kind, key = specification.get("SSEType"), specification.get("KMSMasterKeyId")
    if specification.get("Enabled") is False:
        for member, value in (("SSEType", kind), ("KMSMasterKeyId", key)):
            if value is not None:
                invalid_parameter(f"{member} can not be specified if Enabled is false")
    if kind == "AES256":
        invalid_parameter("SSEType AES256 is not supported")
    if key is not None and kind is None:
        invalid_parameter("SSEType KMS is required if KMSMasterKeyId is specified")


def encryption(specification: Params | None) -> dict[str, str] | None:
    """The SSEDescription of a specification; None is the key that is AWS's own."""
    if not specification or not specification.get("Enabled", "SSEType" in specification):
        return None
    key = specification.get("KMSMasterKeyId", "alias/aws/dynamodb")
    if not key.startswith("arn:"):
        key = _OWN_KEY if key == "alias/aws/dynamodb" else key.removeprefix("alias/")
        key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
    return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}


def check_class(name: str | None) -> None:
    """Refuse an unknown class of tables."""
    if name is not None and name not in _CLASSES:
        refuse(
            "Invalid table-class parameter provided. Please try again with a valid table-class value: "
            f"[{', '.join(_CLASSES)}]."
        )
