"""Diagnosing a voice by rules: read it, choose hypotheses of need, write what follows from them."""
