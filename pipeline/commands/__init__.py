"""One module a command of `denialdesk`; `pipeline.cli` imports them when they are called."""
