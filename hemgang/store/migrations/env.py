"""Runs the migrations on the connection that `hemgang.store.database` hands over."""

from alembic import context
from sqlmodel import SQLModel

from hemgang.store import tables

assert tables.MessageRow.metadata is SQLModel.metadata  # noqa: S101  the tables are registered by their import
assert tables.ClosingRow.metadata is SQLModel.metadata  # noqa: S101
assert tables.ForecastRow.metadata is SQLModel.metadata  # noqa: S101
assert tables.HeartbeatRow.metadata is SQLModel.metadata  # noqa: S101
assert tables.RetentionRunRow.metadata is SQLModel.metadata  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
