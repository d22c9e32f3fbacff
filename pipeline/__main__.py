"""`python -m pipeline` is `denialdesk`."""

from pipeline.cli import main

main()
