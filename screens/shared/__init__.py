"""Words and lists that the screens and line mode both show. Knows no Textual."""
