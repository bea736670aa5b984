"""The pure domain of Jixiao: documents, checks, scoring, the lifecycle. No database, no web, no clock."""
