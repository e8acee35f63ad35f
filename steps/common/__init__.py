"""What several topics share: packages, releases, texts, where the encrypted volume's things lie.

Knows no topic.
"""
