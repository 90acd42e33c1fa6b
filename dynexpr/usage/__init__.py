"""What was consumed, shown to people: in words, as a text table, as a page."""
