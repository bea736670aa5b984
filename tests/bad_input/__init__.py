"""Bad input, every kind at every door where it fits (reliability guide, section 4, A to D). README.md is the table."""
