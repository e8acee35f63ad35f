"""Steps that give a server's mirrors their other half again."""
