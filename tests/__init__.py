"""The tests of dynexpr: `python -m tests` runs the quick part, `python -m tests all` everything that CI runs."""
