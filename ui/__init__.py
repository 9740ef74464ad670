"""The web page: a Gradio app whose every act is a call of the facade."""

import os

# Before gradio is imported: it tells nobody anything, and makes no table of its events with pandas after each of them.
QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9)}
os.environ |= QUIET
