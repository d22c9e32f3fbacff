"""Denial letters from a seed: a grammar of invented letters with exact labels.

A `Scene` holds what is true (who denied what, why, until when); a `Look` how the letter is set;
`compose` speaks the scene in blocks and notes which facts it printed; the gold label holds those
and no others. The same seed gives the same letters.
"""
