"""Writing: appeal packets and guides, as structured letters and thin renderers."""
