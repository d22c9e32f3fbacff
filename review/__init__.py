"""The review desk: a web app over the store, and the REST API."""
