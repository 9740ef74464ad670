"""Many rows: read, worked on with a journal beside the output, resumed, written in input order."""
