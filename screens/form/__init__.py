"""Questions as fields on a page."""
