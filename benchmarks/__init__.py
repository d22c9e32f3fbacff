"""Measurements and the letters they are made on; no part of what is installed."""
