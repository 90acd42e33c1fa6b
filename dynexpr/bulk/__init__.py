"""Large work: many items in few requests, several at the same time; no transaction, each item with its own outcome."""
