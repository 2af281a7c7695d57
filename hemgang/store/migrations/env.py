"""Runs the migrations on the connection that `hemgang.store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from hemgang.store import closing_tables, forecast_table, operation_tables, retention_table, tables

assert tables.MessageRow.metadata is SQLModel.metadata  # noqa: S101  the tables are registered by their import
assert closing_tables.ClosingRow.metadata is SQLModel.metadata  # noqa: S101
assert forecast_table.ForecastRow.metadata is SQLModel.metadata  # noqa: S101
assert operation_tables.PulseRow.metadata is SQLModel.metadata  # noqa: S101
assert retention_table.RetentionRunRow.metadata is SQLModel.metadata  # noqa: S101

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
