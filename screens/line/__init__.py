"""The wizard as a dialogue of lines, for serial consoles and screen readers. Knows no Textual."""
