"""Flows, storage, sources and the command line."""
