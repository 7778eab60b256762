"""Runs revisions on the connection that the caller has opened, in the caller's transaction."""

from alembic import context

from engine.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
