"""What to say of a failure: its cause in one line, as the system or SQLite gives it."""

import sqlite3


def said(error: BaseException) -> str:
    """The cause of this failure in one line, with the file that it concerns if it is known."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, sqlite3.Error):
        return f"the votes' file cannot be used: {text}"
    if isinstance(error, OSError | ValueError | RuntimeError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
