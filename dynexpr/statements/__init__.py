"""What is asked of DynamoDB: frozen statements, each method of which returns a new one."""
