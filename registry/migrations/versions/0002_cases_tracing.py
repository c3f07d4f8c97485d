"""Cases, their events and attachments, search reports and found persons.
A trigger keeps the events append-only: only retention may blank a note, only demo cases may be removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A note may be emptied, and nothing else changed, once its case has been anonymised.
_BLANKED = """
    NEW.id = OLD.id AND NEW.case_id = OLD.case_id AND NEW.at = OLD.at AND NEW.actor = OLD.actor
    AND NEW.kind = OLD.kind AND NEW.public = OLD.public AND NEW.note_sealed IS NULL
    AND (NEW.status = OLD.status OR (NEW.status IS NULL AND OLD.status IS NULL))
    AND EXISTS (SELECT 1 FROM cases WHERE cases.id = OLD.case_id AND cases.anonymised_at IS NOT NULL)
"""
_DEMO = "EXISTS (SELECT 1 FROM cases WHERE cases.id = OLD.case_id AND cases.is_demo)"

_SQLITE = (
    f"""CREATE TRIGGER case_events_no_update BEFORE UPDATE ON case_events WHEN NOT ({_BLANKED})
    BEGIN SELECT RAISE(ABORT, 'case_events is append-only'); END""",
    f"""CREATE TRIGGER case_events_no_delete BEFORE DELETE ON case_events WHEN NOT ({_DEMO})
    BEGIN SELECT RAISE(ABORT, 'case_events is append-only'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION case_events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {_BLANKED} THEN RETURN NEW; END IF;
        ELSIF TG_OP = 'DELETE' THEN
            IF {_DEMO} THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'case_events is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER case_events_guard BEFORE UPDATE OR DELETE ON case_events
    FOR EACH ROW EXECUTE FUNCTION case_events_guard()""",
    """CREATE TRIGGER case_events_no_truncate BEFORE TRUNCATE ON case_events
    FOR EACH STATEMENT EXECUTE FUNCTION case_events_guard()""",
)


def upgrade() -> None:
    """Create the tables and the guard."""
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("triage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("township", sa.Text()),
        sa.Column("latitude", sa.Double()),
        sa.Column("longitude", sa.Double()),
        sa.Column("details_sealed", sa.Text()),
        sa.Column("reporter_name_sealed", sa.Text()),
        sa.Column("reporter_phone_sealed", sa.Text()),
        sa.Column("reporter_phone_index", sa.Text()),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("conversation", sa.Text()),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_estimated", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("anonymised_at", sa.DateTime(timezone=True)),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("receipt", name="uq_cases_receipt"),
        sa.UniqueConstraint("idempotency_key", name="uq_cases_idempotency_key"),
        sa.CheckConstraint("length(receipt) > 0", name="ck_cases_receipt"),
        sa.CheckConstraint(
            "kind IN ('child_report', 'rescue_report', 'family_search', 'complaint', 'funeral_violation', "
            "'illegal_org', 'elder_visit', 'left_behind_child', 'comment', 'handoff', 'unanswered', "
            "'undelivered')",
            name="ck_cases_kind",
        ),
        sa.CheckConstraint("triage IN ('P0', 'P1', 'P2', 'P3')", name="ck_cases_triage"),
        sa.CheckConstraint(
            "status IN ('received', 'accepted', 'referred', 'closed', 'withdrawn')", name="ck_cases_status"
        ),
        sa.CheckConstraint("latitude IS NULL OR latitude BETWEEN -90 AND 90", name="ck_cases_latitude"),
        sa.CheckConstraint("longitude IS NULL OR longitude BETWEEN -180 AND 180", name="ck_cases_longitude"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="ck_cases_location"),
        sa.CheckConstraint(
            "details_sealed IS NOT NULL OR anonymised_at IS NOT NULL", name="ck_cases_details"
        ),
    )
    op.create_index("ix_cases_status_due_at", "cases", ["status", "due_at"])
    op.create_index("ix_cases_reporter_phone_index", "cases", ["reporter_phone_index"])
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "case_id", sa.Integer(), sa.ForeignKey("cases.id", name="fk_case_events_case"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text()),
        sa.Column("note_sealed", sa.Text()),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('filed', 'note', 'status')", name="ck_case_events_kind"),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "case_id", sa.Integer(), sa.ForeignKey("cases.id", name="fk_attachments_case"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_sealed", sa.Text()),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('photo', 'location')", name="ck_attachments_kind"),
    )
    op.create_index("ix_attachments_case_id", "attachments", ["case_id"])
    _create_tracing()
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def _create_tracing() -> None:
    op.create_table(
        "search_reports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "case_id", sa.Integer(), sa.ForeignKey("cases.id", name="fk_search_reports_case"), nullable=False
        ),
        sa.Column("missing_name_sealed", sa.Text()),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age", sa.Integer()),
        sa.Column("height_cm", sa.Integer()),
        sa.Column("clothing", sa.Text()),
        sa.Column("features", sa.Text()),
        sa.Column("illness_sealed", sa.Text()),
        sa.Column("lost_at", sa.DateTime(timezone=True)),
        sa.Column("last_place", sa.Text()),
        sa.Column("township", sa.Text()),
        sa.Column("photo_ref_sealed", sa.Text()),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("case_id", name="uq_search_reports_case"),
        sa.CheckConstraint("sex IN ('male', 'female', 'unknown')", name="ck_search_reports_sex"),
        sa.CheckConstraint("age IS NULL OR age BETWEEN 0 AND 130", name="ck_search_reports_age"),
        sa.CheckConstraint(
            "height_cm IS NULL OR height_cm BETWEEN 30 AND 250", name="ck_search_reports_height"
        ),
    )
    op.create_table(
        "found_persons",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_from", sa.Integer()),
        sa.Column("age_to", sa.Integer()),
        sa.Column("height_cm", sa.Integer()),
        sa.Column("clothing", sa.Text()),
        sa.Column("features", sa.Text()),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("township", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("sex IN ('male', 'female', 'unknown')", name="ck_found_persons_sex"),
        sa.CheckConstraint("source IN ('station', 'reporter')", name="ck_found_persons_source"),
        sa.CheckConstraint("status IN ('waiting', 'matched', 'closed')", name="ck_found_persons_status"),
        sa.CheckConstraint(
            "age_from IS NULL OR age_to IS NULL OR age_to >= age_from", name="ck_found_persons_age"
        ),
        sa.UniqueConstraint("idempotency_key", name="uq_found_persons_idempotency_key"),
    )
    op.create_index("ix_found_persons_status", "found_persons", ["status"])


def downgrade() -> None:
    """Drop the tables (their triggers go with them) and the guard."""
    for table in ("found_persons", "search_reports", "attachments", "case_events", "cases"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION case_events_guard()")
