"""The checks every draft goes through before it is shown."""
