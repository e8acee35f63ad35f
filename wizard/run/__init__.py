"""The loop: look, plan, consent, run, verify; what an earlier run left; the session that a front
end holds.

Knows everything below and no steps by name; tells a front end by events.
"""
