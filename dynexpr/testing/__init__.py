"""What helps in testing code that uses DynamoDB; nothing in here is loaded by the library itself."""
