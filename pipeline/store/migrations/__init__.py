"""Alembic's migrations; `pipeline.store.database` runs them when a store is opened."""
