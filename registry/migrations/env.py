"""Alembic's entry: runs over the connection that `Registry.upgrade()` hands in.
There is no offline mode and no URL here; the schema is always changed through the registry."""

from __future__ import annotations

from alembic import context

from registry.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
