"""The lead unit's review 审核 of what was handed in: approve, or return with reasons."""
