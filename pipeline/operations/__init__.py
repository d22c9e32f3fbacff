"""What operators need: health, metrics, backup and restore, deletion."""
