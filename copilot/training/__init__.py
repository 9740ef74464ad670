"""Training of the built-in embedding: `python -m copilot.training --data FOLDER --out FOLDER`."""
