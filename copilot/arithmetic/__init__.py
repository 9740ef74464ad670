"""Sums that are done in code, never by a writer: tracking links, sample sizes, tests of difference."""
