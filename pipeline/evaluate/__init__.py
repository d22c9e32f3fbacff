"""Accuracy against labelled letters: what was right, what was missed, how sure it was."""
