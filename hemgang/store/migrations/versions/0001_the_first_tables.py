"""The first tables, and the triggers that keep append-only tables append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("access", "acknowledgement", "attempt", "closing", "duty_revision", "message")


def guard(table: str, forbidden: str) -> None:
    """Let the database itself refuse to change or remove what is append-only."""
    said = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_{forbidden} BEFORE {forbidden} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_no_{forbidden} BEFORE {forbidden} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION hemgang_append_only()"
        )


def guards() -> None:
    """Guard every append-only table against UPDATE and DELETE."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION hemgang_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        for forbidden in ("UPDATE", "DELETE"):
            guard(table, forbidden)


def upgrade() -> None:
    op.create_table(
        "access",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=128), nullable=False),
        sa.Column("unit", sa.String(length=128), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_access_episode"), "access", ["episode"], unique=False)
    op.create_table(
        "acknowledgement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_acknowledgement_episode"), "acknowledgement", ["episode"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", BIG, nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duty_status", sa.String(length=20), nullable=False),
        sa.Column("strict_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("practical_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bundle", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("episode", "key", "revision", "rung", "recipient"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index(op.f("ix_alert_bundle"), "alert", ["bundle"], unique=False)
    op.create_index(op.f("ix_alert_episode"), "alert", ["episode"], unique=False)
    op.create_index(op.f("ix_alert_recipient"), "alert", ["recipient"], unique=False)
    op.create_index("ix_alert_state_next", "alert", ["state", "next_attempt_at"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", BIG, nullable=False),
        sa.Column("bundle", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"], unique=False)
    op.create_index(op.f("ix_attempt_bundle"), "attempt", ["bundle"], unique=False)
    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=128), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("region", "month", "payer", "version"),
    )
    op.create_table(
        "discharge",
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False),
        sa.Column("payer", sa.String(length=140), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("standing", sa.String(length=200), nullable=False),
        sa.Column("next_wake", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stepped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("episode"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index(op.f("ix_discharge_next_wake"), "discharge", ["next_wake"], unique=False)
    op.create_index("ix_discharge_region_state", "discharge", ["region", "state"], unique=False)
    op.create_table(
        "duty",
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("strict_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("practical_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clause", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("episode", "key"),
    )
    op.create_index(op.f("ix_duty_kind"), "duty", ["kind"], unique=False)
    op.create_index(op.f("ix_duty_status"), "duty", ["status"], unique=False)
    op.create_table(
        "duty_revision",
        sa.Column("id", BIG, nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("strict_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_message_episode"), "message", ["episode"], unique=False)
    op.create_index(op.f("ix_message_region"), "message", ["region"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=128), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "line", "digest"),
    )
    op.create_table(
        "rung",
        sa.Column("episode", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("episode", "key", "revision", "rung"),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    guards()


def downgrade() -> None:
    op.drop_table("setting")
    op.drop_table("rung")
    op.drop_table("quarantine")
    op.drop_index(op.f("ix_message_region"), table_name="message")
    op.drop_index(op.f("ix_message_episode"), table_name="message")
    op.drop_table("message")
    op.drop_table("duty_revision")
    op.drop_index(op.f("ix_duty_status"), table_name="duty")
    op.drop_index(op.f("ix_duty_kind"), table_name="duty")
    op.drop_table("duty")
    op.drop_index("ix_discharge_region_state", table_name="discharge")
    op.drop_index(op.f("ix_discharge_next_wake"), table_name="discharge")
    op.drop_table("discharge")
    op.drop_table("closing")
    op.drop_index(op.f("ix_attempt_bundle"), table_name="attempt")
    op.drop_index(op.f("ix_attempt_at"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_index("ix_alert_state_next", table_name="alert")
    op.drop_index(op.f("ix_alert_recipient"), table_name="alert")
    op.drop_index(op.f("ix_alert_episode"), table_name="alert")
    op.drop_index(op.f("ix_alert_bundle"), table_name="alert")
    op.drop_table("alert")
    op.drop_index(op.f("ix_acknowledgement_episode"), table_name="acknowledgement")
    op.drop_table("acknowledgement")
    op.drop_index(op.f("ix_access_episode"), table_name="access")
    op.drop_table("access")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hemgang_append_only()")
