"""From a case to the letters of its packet: what to say is data (`letters/data/*.toml`, the
knowledge base), the modules here put it in order."""
