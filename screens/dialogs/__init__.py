"""One dialog a file; each returns a value to the page that opened it."""
