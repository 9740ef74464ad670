"""Everything that can go wrong, in one tree.

CopilotError                 message: what happened · hint: what to do
├── SettingsError            an environment variable or flag is wrong (exit 2)
├── InputError               a question, brief or file argument is wrong (exit 2)
├── LoadError                one file cannot be read; ends up as that file's `reason`
├── LibraryError             the library cannot be used
│   ├── LibraryMismatch      built by another version, embedding or chunker
│   ├── LibraryBusy          another process is writing
│   └── UnknownDocument      no such document (exit 2)
├── EmbeddingError           the embedding model cannot be loaded
├── ModelError               the chat model failed
├── OverBudget               the next call of the chat model could cost more than may be spent
├── PromptError              a prompt file is broken or lacks a value
└── DataError                a shipped or user data file (YAML, JSONL) is broken
"""


class CopilotError(Exception):
    """Base of all expected errors; both texts are Chinese and shown to the user."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(CopilotError):
    """A setting has a value that cannot be used."""

    exit_code = 2


class InputError(CopilotError):
    """What the user typed cannot be worked on."""

    exit_code = 2


class LoadError(CopilotError):
    """One document cannot be turned into text."""


class LibraryError(CopilotError):
    """The library cannot be used."""


class LibraryMismatch(LibraryError):
    """The library was built with another format, embedding or chunker."""


class LibraryBusy(LibraryError):
    """Another process holds the writer's lock."""


class UnknownDocument(LibraryError):
    """No document with this id or source."""

    exit_code = 2


class EmbeddingError(CopilotError):
    """The embedding model cannot be loaded or does not fit."""


class ModelError(CopilotError):
    """The chat model cannot be reached or answered with an error.

    `kind` is an HTTP status or a word of models.yaml. `hopeless`: the next call will not fare better (no key, a wrong
    address, no money left). `wait`: the seconds that the server asked to be left alone, 0 when it did not.
    """

    def __init__(self, message: str, hint: str = "", *, kind: str = "", hopeless: bool = False) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.hopeless = hopeless
        self.wait = 0.0


class OverBudget(CopilotError):
    """The next call of the chat model could cost more than may be spent; nothing takes its place."""


class PromptError(CopilotError):
    """A prompt file is malformed or lacks a value."""


class DataError(CopilotError):
    """A data file is malformed."""
