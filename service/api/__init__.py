"""The JSON API under `/api/v1`, thin over the use cases: one blueprint a file, one table from errors to status codes."""
