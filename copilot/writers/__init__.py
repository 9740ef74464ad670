"""Writers: a request and its evidence become a draft. `rules` needs no model, `chat` uses one; neither is trusted."""
