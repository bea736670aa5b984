"""The checks, one function each, grouped by what they look at; each names the source of its rule.

A rule yields findings and never raises, on a finished form as on a draft with any text in its cells. What it can't read
it leaves to the rule that flags the cell, so that one fault makes one finding.
"""
