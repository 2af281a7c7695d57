"""Forecasts: what was foretold of a month, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forecast",
        sa.Column("id", BIG, nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("low", BIG, nullable=False),
        sa.Column("median", BIG, nullable=False),
        sa.Column("high", BIG, nullable=False),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("paths", sa.Integer(), nullable=False),
        sa.Column("seed", BIG, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_forecast_region_month", "forecast", ["region", "month"], unique=False)
    for forbidden in ("UPDATE", "DELETE"):
        op.execute(_guard(forbidden))


def downgrade() -> None:
    op.drop_index("ix_forecast_region_month", table_name="forecast")
    op.drop_table("forecast")


def _guard(forbidden: str) -> str:
    """Return the trigger that refuses a change; PostgreSQL's function is that of the first tables."""
    if op.get_bind().dialect.name == "sqlite":
        return (
            f"CREATE TRIGGER forecast_no_{forbidden} BEFORE {forbidden} ON forecast "
            "BEGIN SELECT RAISE(ABORT, 'forecast is append-only'); END"
        )
    return (
        f"CREATE TRIGGER forecast_no_{forbidden} BEFORE {forbidden} ON forecast "
        "FOR EACH ROW EXECUTE FUNCTION hemgang_append_only()"
    )
