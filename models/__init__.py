"""The nouns of Denial Desk: typed, immutable values that every other package speaks in.

Nothing here reads, decides or writes. Import direction: every package may import `models`;
`models` imports none of them.
"""
