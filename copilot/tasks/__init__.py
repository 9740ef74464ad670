"""The four tasks, each: retrieve → write → check → result."""
