"""The service: pages, API, use cases, queries, tables and the command line of Jixiao."""
