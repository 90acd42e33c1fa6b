"""Expressions: one table of operators, frozen nodes, Python's operators over them, and their meaning on an item."""
