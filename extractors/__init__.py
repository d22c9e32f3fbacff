"""From bytes to fields that carry their evidence. Pure functions: no store, no network."""
