"""What a shell on any machine is given."""

from __future__ import annotations

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for: what ssh gives a command may lack the administrators' folders.
"""
