"""Where letters come from: paths named in a call, and inboxes (folders, mailboxes, mail files,
storage URLs) that are emptied on a schedule, each a module behind `base.Source`."""

from pipeline.sources.paths import LETTER_SUFFIXES, PACKETS_MARK, Found, find_files

__all__ = ["LETTER_SUFFIXES", "PACKETS_MARK", "Found", "find_files"]
