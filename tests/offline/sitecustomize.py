"""Found through PYTHONPATH by every Python that a test starts."""

import guard

guard.install()
