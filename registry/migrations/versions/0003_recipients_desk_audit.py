"""Recipients and applications, the desk's rows, and the audit log with its head.
A trigger refuses every change of the audit log; the head alone moves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATUSES = (
    "status IN ('received', 'surveying', 'verifying', 'publicised', 'confirming', 'approved', "
    "'refused', 'stopped')"
)
_SQLITE = (
    """CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END""",
    """CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER audit_log_guard BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_guard()""",
    """CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_guard()""",
)


def upgrade() -> None:
    """Create the tables, the first head of the chain, and the guard."""
    op.create_table(
        "recipients",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("id_sealed", sa.Text()),
        sa.Column("id_index", sa.Text()),
        sa.Column("phone_sealed", sa.Text()),
        sa.Column("phone_index", sa.Text()),
        sa.Column("township", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("id_index", name="uq_recipients_id_index"),
    )
    op.create_index("ix_recipients_phone_index", "recipients", ["phone_index"])
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column(
            "recipient_id",
            sa.Integer(),
            sa.ForeignKey("recipients.id", name="fk_applications_recipient"),
            nullable=False,
        ),
        sa.Column("township", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("number", name="uq_applications_number"),
        sa.CheckConstraint("length(number) > 0", name="ck_applications_number"),
        sa.CheckConstraint(_STATUSES, name="ck_applications_status"),
    )
    op.create_index("ix_applications_recipient_id", "applications", ["recipient_id"])
    op.create_table(
        "application_steps",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "application_id",
            sa.Integer(),
            sa.ForeignKey("applications.id", name="fk_application_steps_application"),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.CheckConstraint(_STATUSES, name="ck_application_steps_status"),
        sa.UniqueConstraint("application_id", "status", "happened_on", name="uq_application_steps_once"),
    )
    op.create_table(
        "desk_rows",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text()),
        sa.Column("text_masked", sa.Text()),
        sa.Column("service", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text()),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("idempotency_key", name="uq_desk_rows_idempotency_key"),
        sa.CheckConstraint(
            "kind IN ('unanswered', 'handoff', 'undelivered', 'clarify_failed')", name="ck_desk_rows_kind"
        ),
        sa.CheckConstraint("status IN ('open', 'taken', 'done')", name="ck_desk_rows_status"),
        sa.CheckConstraint("(status = 'open') = (taken_by IS NULL)", name="ck_desk_rows_taken_by"),
    )
    op.create_index("ix_desk_rows_status_created_at", "desk_rows", ["status", "created_at"])
    _create_audit()


def _create_audit() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_ref", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text()),
        sa.Column("origin", sa.Text()),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("row_hash", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_log_object", "audit_log", ["object_type", "object_ref"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("row_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_head_single"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "row_hash": ""}])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables (their triggers go with them) and the guard."""
    for table in (
        "audit_head",
        "audit_log",
        "desk_rows",
        "application_steps",
        "applications",
        "recipients",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_guard()")
