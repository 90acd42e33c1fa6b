"""Tables as they are declared, and as they are on the service."""
