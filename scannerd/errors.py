"""Every way scannerd can fail, in one drawing.

    ScannerdError                      exit code 70
        ConfigError                    78  a setting is wrong; names the file, the key and what is allowed
        UsageError                     64  the command line asks for something that cannot be
        ExportError                    65  one export cannot be taken in
            UnknownFormat                  no format recognises it
            BadExport                      recognised, but damaged; names the member and the place
                CutOffExport               it ends in the middle: what is missing may still come
            HostileExport                  it broke a limit: a zip bomb, a bad name, too deep, too long
        DatabaseError                  69
            DatabaseUnavailable            cannot be reached, was lost, or its disk is full: wait and try again
            DatabaseRefused            78  it answers, but will never take us as we are: rights, versions, locale
            SchemaMismatch             78  the schema is newer than this program
        EmbeddedError                  69  the private PostgreSQL cannot run here
        AlreadyRunning                 75  another scannerd owns this state folder, or this library
        NotFound                       66  no export, listener or row of that name or number

The message is one line without a full stop: what, where, the likely cause. What to do about it goes into `hint`.
"""

from __future__ import annotations


class ScannerdError(Exception):
    """Something went wrong that a person can understand."""

    exit_code = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(ScannerdError):
    """A setting is wrong."""

    exit_code = 78


class UsageError(ScannerdError):
    """The command line asks for something that cannot be."""

    exit_code = 64


class ExportError(ScannerdError):
    """One export cannot be taken in."""

    exit_code = 65


class UnknownFormat(ExportError):
    """No format recognises the file."""


class BadExport(ExportError):
    """The format is known, but the file is damaged."""


class CutOffExport(BadExport):
    """The file ends in the middle: what is missing may still come."""


class HostileExport(ExportError):
    """The file broke a limit that no honest export breaks."""


class DatabaseError(ScannerdError):
    """The database cannot serve."""

    exit_code = 69


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or was lost; waiting may help."""


class DatabaseRefused(DatabaseError):
    """The database answers, but will not take us as we are; waiting does not help."""

    exit_code = 78


class SchemaMismatch(DatabaseError):
    """The schema does not fit this program."""

    exit_code = 78


class EmbeddedError(DatabaseError):
    """The private PostgreSQL cannot run here."""


class AlreadyRunning(ScannerdError):
    """Another scannerd owns this state folder, or is at work on this library."""

    exit_code = 75


class NotFound(ScannerdError):
    """There is no such export, listener or row."""

    exit_code = 66
