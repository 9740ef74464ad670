"""Many voices, and scores: what is read from tables that hold them."""
