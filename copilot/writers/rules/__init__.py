"""The writer that needs no model: units of the evidence, chosen and put in order."""
