"""The schema's history, for alembic. Forward only: the way back is a backup.

The first revision holds the whole schema with the triggers of the audit. `python -m
engine.migrations.generate "why"` writes the next one from what the models say; read and edit it before it
is committed. A test holds that the revisions and the models make the same database, on PostgreSQL and on
SQLite.
"""
