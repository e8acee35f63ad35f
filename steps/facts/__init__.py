"""Facts that several steps share, by topic; each is a snippet and a pure parser."""
