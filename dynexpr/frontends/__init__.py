"""Texts that dynexpr reads: DynamoDB's own expressions, and SQL."""
