"""The words of interfaces(5): a stanza, and what becomes of it when a bridge takes over."""
