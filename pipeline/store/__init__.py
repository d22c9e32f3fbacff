"""What Denial Desk keeps: the database (documents, cases, batches) and the files received."""
