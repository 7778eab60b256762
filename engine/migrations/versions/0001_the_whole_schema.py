"""The whole schema"""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from engine.db import BigId, UtcDateTime

revision = "0001"
down_revision = None

#: What makes the audit append-only, by dialect.
TRIGGERS = {
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit rows are append-only'; END $$",
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW WHEN (NEW.detail IS NOT NULL OR NEW.salt IS NOT NULL OR OLD.id IS DISTINCT FROM NEW.id OR OLD.stream IS DISTINCT FROM NEW.stream OR OLD.seq IS DISTINCT FROM NEW.seq OR OLD.at IS DISTINCT FROM NEW.at OR OLD.actor_id IS DISTINCT FROM NEW.actor_id OR OLD.actor_name IS DISTINCT FROM NEW.actor_name OR OLD.action IS DISTINCT FROM NEW.action OR OLD.subject_type IS DISTINCT FROM NEW.subject_type OR OLD.subject_id IS DISTINCT FROM NEW.subject_id OR OLD.detail_digest IS DISTINCT FROM NEW.detail_digest OR OLD.digest IS DISTINCT FROM NEW.digest) EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_stream_no_update BEFORE UPDATE ON audit_stream FOR EACH ROW WHEN (NEW.seq < OLD.seq OR NEW.name IS DISTINCT FROM OLD.name) EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_stream_no_delete BEFORE DELETE ON audit_stream FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_stream_no_truncate BEFORE TRUNCATE ON audit_stream FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ],
    "sqlite": [
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry WHEN NEW.detail IS NOT NULL OR NEW.salt IS NOT NULL OR OLD.id IS NOT NEW.id OR OLD.stream IS NOT NEW.stream OR OLD.seq IS NOT NEW.seq OR OLD.at IS NOT NEW.at OR OLD.actor_id IS NOT NEW.actor_id OR OLD.actor_name IS NOT NEW.actor_name OR OLD.action IS NOT NEW.action OR OLD.subject_type IS NOT NEW.subject_type OR OLD.subject_id IS NOT NEW.subject_id OR OLD.detail_digest IS NOT NEW.detail_digest OR OLD.digest IS NOT NEW.digest BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
        "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
        "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
        "CREATE TRIGGER audit_stream_no_update BEFORE UPDATE ON audit_stream WHEN NEW.seq < OLD.seq OR NEW.name IS NOT OLD.name BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
        "CREATE TRIGGER audit_stream_no_delete BEFORE DELETE ON audit_stream BEGIN SELECT RAISE(ABORT, 'audit rows are append-only'); END",
    ],
}


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", BigId, nullable=False),
        sa.Column("stream", sa.String(length=100), nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("subject_type", sa.String(length=50), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("detail_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_audit_entry_stream_seq")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("heads_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("seq", name=op.f("uq_audit_seal_seq")),
    )
    op.create_table(
        "audit_stream",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_stream")),
        sa.UniqueConstraint("name", name=op.f("uq_audit_stream_name")),
    )
    with op.batch_alter_table("audit_stream", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_stream_unsealed",
            ["id"],
            unique=False,
            postgresql_where=sa.text("sealed = false"),
            sqlite_where=sa.text("sealed = 0"),
        )

    op.create_table(
        "calendar_day",
        sa.Column("id", BigId, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.CheckConstraint("status IN ('official', 'provisional')", name=op.f("ck_calendar_day_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("date", name=op.f("uq_calendar_day_date")),
    )
    op.create_table(
        "calendar_edition",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("recomputed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edition")),
    )
    with op.batch_alter_table("calendar_edition", schema=None) as batch_op:
        batch_op.create_index(
            "ix_calendar_edition_waiting",
            ["id"],
            unique=False,
            postgresql_where=sa.text("recomputed_at IS NULL"),
            sqlite_where=sa.text("recomputed_at IS NULL"),
        )

    op.create_table(
        "escalation_policy",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_policy")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_escalation_policy_key_version")),
    )
    op.create_table(
        "file",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("size", BigId, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sm3", sa.String(length=64), nullable=False),
        sa.Column("has_macros", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("staging_key", sa.String(length=100), nullable=False),
        sa.Column("use_count", BigId, nullable=False),
        sa.Column("staged_by_id", BigId, nullable=True),
        sa.Column("staged_by_name", sa.String(length=200), nullable=False),
        sa.Column("staged_at", UtcDateTime(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("missing_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state <> 'kept' OR kept_at IS NOT NULL", name=op.f("ck_file_kept_at")),
        sa.CheckConstraint(
            "state IN ('staged', 'kept', 'quarantined', 'erased')", name=op.f("ck_file_state")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_file_size")),
        sa.CheckConstraint("use_count >= 0", name=op.f("ck_file_use_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("staging_key", name=op.f("uq_file_staging_key")),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_file_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_state_checked_at"), ["state", "checked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_state_staged_at"), ["state", "staged_at"], unique=False)

    op.create_table(
        "gateway",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("failures", BigId, nullable=False),
        sa.Column("rests_until", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_gateway_channel")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_gateway_failures")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_gateway")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", BigId, nullable=False),
        sa.Column("caller_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("caller_id", "key", name=op.f("uq_idempotency_key_caller_id_key")),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_key_created_at"), ["created_at"], unique=False)

    op.create_table(
        "light_scheme",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_light_scheme")),
        sa.UniqueConstraint("version", name=op.f("uq_light_scheme_version")),
    )
    op.create_table(
        "local_day",
        sa.Column("id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_day")),
        sa.UniqueConstraint("unit_id", "date", name=op.f("uq_local_day_unit_id_date")),
    )
    op.create_table(
        "message_template",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=True),
        sa.Column("body_zh", sa.Text(), nullable=True),
        sa.Column("title_en", sa.String(length=200), nullable=True),
        sa.Column("body_en", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(title_zh IS NULL) = (body_zh IS NULL) AND (title_zh IS NULL) = (title_en IS NULL) AND (title_zh IS NULL) = (body_en IS NULL)",
            name=op.f("ck_message_template_whole"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_message_template_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_message_template_kind_version")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("subject_type", sa.String(length=50), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dispatched_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_message_dispatched_at_id"), ["dispatched_at", "id"], unique=False
        )

    op.create_table(
        "person",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=50), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("pinyin_key", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_person_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_pinyin_key_id"), ["pinyin_key", "id"], unique=False)

    op.create_table(
        "process_definition",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("key", "sha256", name=op.f("uq_process_definition_key_sha256")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_process_definition_key_version")),
    )
    op.create_table(
        "queue_item",
        sa.Column("id", BigId, nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=True),
        sa.Column("claim", BigId, nullable=False),
        sa.Column("attempts", BigId, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('done', 'parked')) = (run_at IS NULL)", name=op.f("ck_queue_item_run_at")
        ),
        sa.CheckConstraint(
            "state IN ('ready', 'running', 'done', 'parked')", name=op.f("ck_queue_item_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_item")),
        sa.UniqueConstraint("key", name=op.f("uq_queue_item_key")),
    )
    with op.batch_alter_table("queue_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_queue_item_run_at_id"), ["run_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_queue_item_state_finished_at"), ["state", "finished_at"], unique=False
        )

    op.create_table(
        "unit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("pinyin_key", sa.String(length=500), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "kind IN ('government', 'party', 'department', 'court', 'procuratorate', 'institution', 'enterprise', 'other')",
            name=op.f("ck_unit_kind"),
        ),
        sa.CheckConstraint("level IN ('province', 'city', 'county', 'township')", name=op.f("ck_unit_level")),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_unit_span")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_path"), ["path"], unique=False)
        batch_op.create_index(batch_op.f("ix_unit_pinyin_key_id"), ["pinyin_key", "id"], unique=False)

    op.create_table(
        "unit_group",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_group")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_group_name")),
    )
    op.create_table(
        "account",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failed_count", BigId, nullable=False),
        sa.Column("first_failed_at", UtcDateTime(), nullable=True),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("last_signed_in_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_account_failed_count")),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_account_login_lower")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
    )
    op.create_table(
        "announcement",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("subject_type", sa.String(length=50), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("template_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["message_template.id"], name=op.f("fk_announcement_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("message_id", name=op.f("uq_announcement_message_id")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("renewed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_id", BigId, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("year", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("leader_person_id", BigId, nullable=True),
        sa.Column("sampling_days", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_campaign_closed")),
        sa.CheckConstraint("state IN ('running', 'closed')", name=op.f("ck_campaign_state")),
        sa.CheckConstraint("sampling_days BETWEEN 0 AND 250", name=op.f("ck_campaign_sampling_days")),
        sa.ForeignKeyConstraint(
            ["leader_person_id"], ["person.id"], name=op.f("fk_campaign_leader_person_id")
        ),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_campaign_office_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_campaign_plan_id")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_campaign_office_unit_id_id"), ["office_unit_id", "id"], unique=False
        )

    op.create_table(
        "deadline",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("passed_at", UtcDateTime(), nullable=True),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("policy_id", BigId, nullable=False),
        sa.Column("next_action_at", UtcDateTime(), nullable=True),
        sa.Column("next_step", sa.String(length=30), nullable=True),
        sa.CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name=op.f("ck_deadline_met")),
        sa.CheckConstraint("(state = 'paused') = (paused_on IS NOT NULL)", name=op.f("ck_deadline_paused")),
        sa.CheckConstraint("state <> 'passed' OR passed_at IS NOT NULL", name=op.f("ck_deadline_passed")),
        sa.CheckConstraint(
            "state IN ('open', 'passed', 'paused', 'met', 'cancelled')", name=op.f("ck_deadline_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('paused', 'cancelled') OR next_action_at IS NULL", name=op.f("ck_deadline_resting")
        ),
        sa.CheckConstraint(
            "(next_action_at IS NULL) = (next_step IS NULL)", name=op.f("ck_deadline_next_step")
        ),
        sa.ForeignKeyConstraint(["policy_id"], ["escalation_policy.id"], name=op.f("fk_deadline_policy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index("ix_deadline_due", ["due_at", "id"], unique=False)
        batch_op.create_index(
            "ix_deadline_live",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('open', 'passed', 'paused')"),
            sqlite_where=sa.text("state IN ('open', 'passed', 'paused')"),
        )
        batch_op.create_index(
            "ix_deadline_next_action",
            ["next_action_at", "id"],
            unique=False,
            postgresql_where=sa.text("next_action_at IS NOT NULL"),
            sqlite_where=sa.text("next_action_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_deadline_subject", ["subject_type", "subject_id", "kind", "id"], unique=False
        )
        batch_op.create_index("ix_deadline_unit", ["unit_id", "state", "due_at", "id"], unique=False)
        batch_op.create_index(
            "uq_deadline_live",
            ["subject_type", "subject_id", "kind"],
            unique=True,
            postgresql_where=sa.text("state IN ('open', 'passed', 'paused')"),
            sqlite_where=sa.text("state IN ('open', 'passed', 'paused')"),
        )

    op.create_table(
        "delegation",
        sa.Column("id", BigId, nullable=False),
        sa.Column("from_person_id", BigId, nullable=False),
        sa.Column("to_person_id", BigId, nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.CheckConstraint("end_on >= start_on", name=op.f("ck_delegation_span")),
        sa.CheckConstraint("from_person_id <> to_person_id", name=op.f("ck_delegation_two_people")),
        sa.ForeignKeyConstraint(["from_person_id"], ["person.id"], name=op.f("fk_delegation_from_person_id")),
        sa.ForeignKeyConstraint(["to_person_id"], ["person.id"], name=op.f("fk_delegation_to_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegation_from_person_id"), ["from_person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegation_to_person_id"), ["to_person_id"], unique=False)

    op.create_table(
        "dispatch_failure",
        sa.Column("id", BigId, nullable=False),
        sa.Column("outbox_id", BigId, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_message.id"], name=op.f("fk_dispatch_failure_outbox_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_failure")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_dispatch_failure_outbox_id")),
    )
    with op.batch_alter_table("dispatch_failure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dispatch_failure_resolved_at_id"), ["resolved_at", "id"], unique=False
        )

    op.create_table(
        "endpoint",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("shown", sa.String(length=300), nullable=False),
        sa.Column("sealed_url", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("failures", BigId, nullable=False),
        sa.Column("rests_until", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_sent_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("channel IN ('webhook', 'wecom', 'dingtalk')", name=op.f("ck_endpoint_channel")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_endpoint_language")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_endpoint_failures")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_endpoint_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
    )
    op.create_table(
        "notice_counter",
        sa.Column("id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("year", BigId, nullable=False),
        sa.Column("last", BigId, nullable=False),
        sa.CheckConstraint("last > 0", name=op.f("ck_notice_counter_last")),
        sa.ForeignKeyConstraint(
            ["office_unit_id"], ["unit.id"], name=op.f("fk_notice_counter_office_unit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_counter")),
        sa.UniqueConstraint("office_unit_id", "year", name=op.f("uq_notice_counter_office_unit_id_year")),
    )
    op.create_table(
        "notification",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("subject_type", sa.String(length=50), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("template_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notification_person_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["message_template.id"], name=op.f("fk_notification_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("message_id", "person_id", name=op.f("uq_notification_message_id_person_id")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notification_person_id_id"), ["person_id", "id"], unique=False)
        batch_op.create_index(
            "ix_notification_unread",
            ["person_id"],
            unique=False,
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_notification_work_item_id_kind"), ["work_item_id", "kind"], unique=False
        )

    op.create_table(
        "notification_preference",
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("email_muted", sa.JSON(), nullable=False),
        sa.Column("sms_topics", sa.JSON(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_notification_preference_quiet")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notification_preference_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_preference")),
    )
    op.create_table(
        "plan",
        sa.Column("id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=True),
        sa.Column("document_number", sa.String(length=100), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("document_year", BigId, nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("file_id", BigId, nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("amends_plan_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by_name", sa.String(length=200), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_plan_confirmed")
        ),
        sa.CheckConstraint("state IN ('draft', 'confirmed', 'discarded')", name=op.f("ck_plan_state")),
        sa.CheckConstraint("amends_plan_id <> id", name=op.f("ck_plan_amends")),
        sa.ForeignKeyConstraint(["amends_plan_id"], ["plan.id"], name=op.f("fk_plan_amends_plan_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_plan_file_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_plan_office_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_amends_plan_id"), ["amends_plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_office_unit_id_id"), ["office_unit_id", "id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('reporter', 'head', 'inspector', 'officer', 'leader', 'system_admin', 'security_admin', 'audit_admin')",
            name=op.f("ck_post_role"),
        ),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_post_span")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_post_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint(
            "person_id",
            "unit_id",
            "role",
            "effective_from",
            name=op.f("uq_post_person_id_unit_id_role_effective_from"),
        ),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_unit_id_role"), ["unit_id", "role"], unique=False)

    op.create_table(
        "process_instance",
        sa.Column("id", BigId, nullable=False),
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column("spec_key", sa.String(length=80), nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(status = 'running') = (ended_at IS NULL)", name=op.f("ck_process_instance_ended")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'cancelled')", name=op.f("ck_process_instance_status")
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_process_instance_definition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
        sa.UniqueConstraint(
            "subject_type", "subject_id", name=op.f("uq_process_instance_subject_type_subject_id")
        ),
    )
    op.create_table(
        "unit_alias",
        sa.Column("id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("alias", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_alias_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_alias")),
        sa.UniqueConstraint("unit_id", "alias", name=op.f("uq_unit_alias_unit_id_alias")),
    )
    with op.batch_alter_table("unit_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_alias_alias"), ["alias"], unique=False)

    op.create_table(
        "unit_group_member",
        sa.Column("id", BigId, nullable=False),
        sa.Column("group_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["unit_group.id"], name=op.f("fk_unit_group_member_group_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_group_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_group_member")),
        sa.UniqueConstraint("group_id", "unit_id", name=op.f("uq_unit_group_member_group_id_unit_id")),
    )
    with op.batch_alter_table("unit_group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_group_member_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "unit_name_mapping",
        sa.Column("id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("written", sa.String(length=300), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("confirmed_by_name", sa.String(length=200), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_unit_id"], ["unit.id"], name=op.f("fk_unit_name_mapping_office_unit_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_name_mapping_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_name_mapping")),
        sa.UniqueConstraint(
            "office_unit_id",
            "written",
            "unit_id",
            name=op.f("uq_unit_name_mapping_office_unit_id_written_unit_id"),
        ),
    )
    op.create_table(
        "unit_succession",
        sa.Column("id", BigId, nullable=False),
        sa.Column("from_unit_id", BigId, nullable=False),
        sa.Column("to_unit_id", BigId, nullable=False),
        sa.Column("succeeded_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("former_name", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('renamed', 'merged', 'split')", name=op.f("ck_unit_succession_kind")),
        sa.ForeignKeyConstraint(["from_unit_id"], ["unit.id"], name=op.f("fk_unit_succession_from_unit_id")),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_unit_succession_to_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_succession")),
        sa.UniqueConstraint(
            "from_unit_id",
            "to_unit_id",
            "succeeded_on",
            name=op.f("uq_unit_succession_from_unit_id_to_unit_id_succeeded_on"),
        ),
    )
    with op.batch_alter_table("unit_succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_succession_to_unit_id"), ["to_unit_id"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_account_id"), ["account_id"], unique=False)

    op.create_table(
        "deadline_change",
        sa.Column("id", BigId, nullable=False),
        sa.Column("deadline_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", BigId, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("edition_id", BigId, nullable=True),
        sa.CheckConstraint(
            "(kind = 'recomputed') = (edition_id IS NOT NULL)", name=op.f("ck_deadline_change_edition")
        ),
        sa.CheckConstraint(
            "kind IN ('extended', 'paused', 'resumed', 'recomputed', 'amended')",
            name=op.f("ck_deadline_change_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadline.id"], name=op.f("fk_deadline_change_deadline_id")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["calendar_edition.id"], name=op.f("fk_deadline_change_edition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_change")),
    )
    with op.batch_alter_table("deadline_change", schema=None) as batch_op:
        batch_op.create_index("ix_deadline_change_deadline", ["deadline_id", "id"], unique=False)
        batch_op.create_index(
            "ix_deadline_change_edition",
            ["edition_id", "id"],
            unique=False,
            postgresql_where=sa.text("edition_id IS NOT NULL"),
            sqlite_where=sa.text("edition_id IS NOT NULL"),
        )

    op.create_table(
        "deadline_step",
        sa.Column("id", BigId, nullable=False),
        sa.Column("deadline_id", BigId, nullable=False),
        sa.Column("policy_id", BigId, nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("fired_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('fired', 'collapsed', 'skipped')", name=op.f("ck_deadline_step_outcome")
        ),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_deadline_step_deadline_id")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["escalation_policy.id"], name=op.f("fk_deadline_step_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_step")),
        sa.UniqueConstraint(
            "deadline_id",
            "policy_id",
            "step",
            "due_at",
            name=op.f("uq_deadline_step_deadline_id_policy_id_step_due_at"),
        ),
    )
    op.create_table(
        "delivery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("endpoint_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("mail_id", sa.String(length=36), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", BigId, nullable=False),
        sa.Column("attempts_forgiven", BigId, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(due_at IS NULL) = (state IN ('sent', 'failed', 'dropped'))", name=op.f("ck_delivery_due")
        ),
        sa.CheckConstraint(
            "(person_id IS NOT NULL) = (channel IN ('email', 'sms'))", name=op.f("ck_delivery_personal")
        ),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'webhook', 'wecom', 'dingtalk')", name=op.f("ck_delivery_channel")
        ),
        sa.CheckConstraint(
            "state IN ('gathering', 'sending', 'waiting', 'sent', 'failed', 'dropped')",
            name=op.f("ck_delivery_state"),
        ),
        sa.CheckConstraint("(person_id IS NULL) <> (endpoint_id IS NULL)", name=op.f("ck_delivery_receiver")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_delivery_endpoint_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_delivery_mail_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_channel_state_ended_at"), ["channel", "state", "ended_at"], unique=False
        )
        batch_op.create_index(
            "ix_delivery_due",
            ["channel", "due_at", "id"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_delivery_endpoint_id_id"), ["endpoint_id", "id"], unique=False)
        batch_op.create_index(
            "ix_delivery_parked",
            ["channel", "endpoint_id"],
            unique=False,
            postgresql_where=sa.text("state = 'failed'"),
            sqlite_where=sa.text("state = 'failed'"),
        )
        batch_op.create_index(batch_op.f("ix_delivery_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_delivery_endpoint_gathering",
            ["endpoint_id"],
            unique=True,
            postgresql_where=sa.text("state = 'gathering'"),
            sqlite_where=sa.text("state = 'gathering'"),
        )
        batch_op.create_index(
            "uq_delivery_gathering",
            ["channel", "person_id"],
            unique=True,
            postgresql_where=sa.text("state = 'gathering'"),
            sqlite_where=sa.text("state = 'gathering'"),
        )

    op.create_table(
        "inspection_round",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rate", BigId, nullable=False),
        sa.Column("seed_source", sa.String(length=300), nullable=False),
        sa.Column("seed", sa.String(length=300), nullable=True),
        sa.Column("population_size", BigId, nullable=False),
        sa.Column("population_hash", sa.String(length=64), nullable=False),
        sa.Column("inspector_hash", sa.String(length=64), nullable=False),
        sa.Column("prepared_at", UtcDateTime(), nullable=False),
        sa.Column("prepared_by_id", BigId, nullable=True),
        sa.Column("prepared_by_name", sa.String(length=200), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=True),
        sa.Column("drawn_by_id", BigId, nullable=True),
        sa.Column("drawn_by_name", sa.String(length=200), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('prepared', 'drawn', 'closed', 'withdrawn')", name=op.f("ck_inspection_round_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('drawn', 'closed') OR seed IS NOT NULL", name=op.f("ck_inspection_round_seed")
        ),
        sa.CheckConstraint("(seed IS NULL) = (drawn_at IS NULL)", name=op.f("ck_inspection_round_drawn")),
        sa.CheckConstraint("population_size >= 0", name=op.f("ck_inspection_round_population_size")),
        sa.CheckConstraint("rate BETWEEN 1 AND 100", name=op.f("ck_inspection_round_rate")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_inspection_round_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_round")),
    )
    with op.batch_alter_table("inspection_round", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inspection_round_campaign_id_id"), ["campaign_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_inspection_round_prepared",
            ["campaign_id"],
            unique=True,
            postgresql_where=sa.text("state = 'prepared'"),
            sqlite_where=sa.text("state = 'prepared'"),
        )

    op.create_table(
        "key_task",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("section", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lead_unit_id", BigId, nullable=True),
        sa.Column("review_unit_id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("dispatched_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("summarised_at", UtcDateTime(), nullable=True),
        sa.Column("summarised_by_id", BigId, nullable=True),
        sa.Column("summarised_by_name", sa.String(length=100), nullable=True),
        sa.Column("return_reasons", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_key_task_cancelled")
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_key_task_closed")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'confirmed', 'dispatching', 'running', 'summarised', 'closed', 'cancelled')",
            name=op.f("ck_key_task_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('summarised', 'closed') OR summary IS NOT NULL", name=op.f("ck_key_task_summary")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_key_task_campaign_id")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_key_task_lead_unit_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_key_task_office_unit_id")),
        sa.ForeignKeyConstraint(["review_unit_id"], ["unit.id"], name=op.f("fk_key_task_review_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_task")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_key_task_campaign_id_number")),
    )
    with op.batch_alter_table("key_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_task_lead_unit_id"), ["lead_unit_id"], unique=False)

    op.create_table(
        "plan_change",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("seq", BigId, nullable=False),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("touched", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by_name", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_name IS NULL)", name=op.f("ck_plan_change_undone")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_change_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
        sa.UniqueConstraint("plan_id", "seq", name=op.f("uq_plan_change_plan_id_seq")),
    )
    op.create_table(
        "plan_reading",
        sa.Column("id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("plan_id", BigId, nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=False),
        sa.CheckConstraint("(state = 'done') = (plan_id IS NOT NULL)", name=op.f("ck_plan_reading_plan")),
        sa.CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name=op.f("ck_plan_reading_error")),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_plan_reading_state")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_plan_reading_created_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_plan_reading_file_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_plan_reading_office_unit_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_reading_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_reading")),
    )
    with op.batch_alter_table("plan_reading", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_reading_created_by_id_id"), ["created_by_id", "id"], unique=False
        )

    op.create_table(
        "plan_task",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("section", sa.String(length=300), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("span_start", BigId, nullable=False),
        sa.Column("span_end", BigId, nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("review_unit_id", BigId, nullable=True),
        sa.Column("reviewer_reason", sa.String(length=12), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("indicators", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(reviewer_reason = 'unsettled') = (review_unit_id IS NULL)", name=op.f("ck_plan_task_reviewer")
        ),
        sa.CheckConstraint(
            "reviewer_reason IN ('single_lead', 'first_lead', 'no_lead', 'by_hand', 'unsettled')",
            name=op.f("ck_plan_task_reviewer_reason"),
        ),
        sa.CheckConstraint("span_start >= 0 AND span_end >= span_start", name=op.f("ck_plan_task_span")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_task_plan_id")),
        sa.ForeignKeyConstraint(["review_unit_id"], ["unit.id"], name=op.f("fk_plan_task_review_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_task_plan_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_session_account_id_ended_at"), ["account_id", "ended_at"], unique=False
        )

    op.create_table(
        "user_task",
        sa.Column("id", BigId, nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("element_id", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("form_key", sa.String(length=60), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=True),
        sa.Column("deadline_kind", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("due_key", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("completed_by_id", BigId, nullable=True),
        sa.Column("completed_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_user_task_ended")),
        sa.CheckConstraint("state IN ('open', 'completed', 'withdrawn')", name=op.f("ck_user_task_state")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_user_task_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
        sa.UniqueConstraint("task_id", name=op.f("uq_user_task_task_id")),
    )
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.create_index("ix_user_task_done", ["completed_by_id", "ended_at", "id"], unique=False)
        batch_op.create_index(
            "ix_user_task_inbox",
            ["unit_id", "role", "due_key", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
            sqlite_where=sa.text("state = 'open'"),
        )
        batch_op.create_index("ix_user_task_instance", ["instance_id", "state"], unique=False)
        batch_op.create_index("ix_user_task_subject", ["subject_type", "subject_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_user_task_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "amendment_change",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key_task_id", BigId, nullable=True),
        sa.Column("plan_task_id", BigId, nullable=True),
        sa.Column("old", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("new", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("touched", BigId, nullable=False),
        sa.Column("untouched", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("chosen_at", UtcDateTime(), nullable=True),
        sa.Column("chosen_by_id", BigId, nullable=True),
        sa.Column("chosen_by_name", sa.String(length=200), nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'applied') = (applied_at IS NOT NULL)", name=op.f("ck_amendment_change_applied")
        ),
        sa.CheckConstraint("(state = 'kept') = (note IS NOT NULL)", name=op.f("ck_amendment_change_kept")),
        sa.CheckConstraint(
            "state = 'open' OR chosen_at IS NOT NULL", name=op.f("ck_amendment_change_chosen")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'chosen', 'applied', 'kept')", name=op.f("ck_amendment_change_state")
        ),
        sa.CheckConstraint(
            "key_task_id IS NOT NULL OR plan_task_id IS NOT NULL", name=op.f("ck_amendment_change_about")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_amendment_change_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["key_task_id"], ["key_task.id"], name=op.f("fk_amendment_change_key_task_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_amendment_change_plan_id")),
        sa.ForeignKeyConstraint(
            ["plan_task_id"], ["plan_task.id"], name=op.f("fk_amendment_change_plan_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment_change")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_amendment_change_plan_id_key")),
    )
    with op.batch_alter_table("amendment_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_amendment_change_campaign_id_id"), ["campaign_id", "id"], unique=False
        )

    op.create_table(
        "delivery_attempt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("number", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("endpoint_id", BigId, nullable=True),
        sa.Column("may_repeat", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'webhook', 'wecom', 'dingtalk')",
            name=op.f("ck_delivery_attempt_channel"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('sent', 'deferred', 'refused', 'unknown')",
            name=op.f("ck_delivery_attempt_outcome"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_delivery_attempt_ended")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoint.id"], name=op.f("fk_delivery_attempt_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_delivery_attempt_delivery_id_number")),
    )
    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_attempt_repeated",
            ["delivery_id"],
            unique=False,
            postgresql_where=sa.text("may_repeat"),
            sqlite_where=sa.text("may_repeat = 1"),
        )
        batch_op.create_index(
            batch_op.f("ix_delivery_attempt_started_at_channel_endpoint_id_outcome"),
            ["started_at", "channel", "endpoint_id", "outcome"],
            unique=False,
        )

    op.create_table(
        "delivery_item",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("notification_id", BigId, nullable=True),
        sa.Column("announcement_id", BigId, nullable=True),
        sa.CheckConstraint(
            "(notification_id IS NULL) <> (announcement_id IS NULL)", name=op.f("ck_delivery_item_one")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_delivery_item_announcement_id")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_item_delivery_id")),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_delivery_item_notification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_item")),
        sa.UniqueConstraint("delivery_id", "announcement_id", name="uq_delivery_item_announcement"),
        sa.UniqueConstraint(
            "delivery_id", "notification_id", name=op.f("uq_delivery_item_delivery_id_notification_id")
        ),
    )
    with op.batch_alter_table("delivery_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_delivery_item_notification_id"), ["notification_id"], unique=False
        )

    op.create_table(
        "key_task_limit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key_task_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('final', 'milestone', 'cadence', 'event')", name=op.f("ck_key_task_limit_kind")
        ),
        sa.ForeignKeyConstraint(["key_task_id"], ["key_task.id"], name=op.f("fk_key_task_limit_key_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_task_limit")),
    )
    with op.batch_alter_table("key_task_limit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_task_limit_key_task_id"), ["key_task_id"], unique=False)

    op.create_table(
        "key_task_unit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key_task_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.CheckConstraint(
            "role IN ('lead', 'responsible', 'cooperating', 'supervising')",
            name=op.f("ck_key_task_unit_role"),
        ),
        sa.ForeignKeyConstraint(["key_task_id"], ["key_task.id"], name=op.f("fk_key_task_unit_key_task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_key_task_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_task_unit")),
        sa.UniqueConstraint(
            "key_task_id", "role", "position", name=op.f("uq_key_task_unit_key_task_id_role_position")
        ),
        sa.UniqueConstraint(
            "key_task_id", "unit_id", "role", name=op.f("uq_key_task_unit_key_task_id_unit_id_role")
        ),
    )
    with op.batch_alter_table("key_task_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_task_unit_unit_id_role"), ["unit_id", "role"], unique=False)

    op.create_table(
        "plan_proposal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("span_start", BigId, nullable=False),
        sa.Column("span_end", BigId, nullable=False),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("plan_task_id", BigId, nullable=True),
        sa.CheckConstraint(
            "(state = 'adopted') = (plan_task_id IS NOT NULL)", name=op.f("ck_plan_proposal_adopted")
        ),
        sa.CheckConstraint(
            "kind IN ('indicator', 'cadence', 'campaign')", name=op.f("ck_plan_proposal_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'adopted', 'set_aside')", name=op.f("ck_plan_proposal_state")),
        sa.CheckConstraint("span_start >= 0 AND span_end >= span_start", name=op.f("ck_plan_proposal_span")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_proposal_plan_id")),
        sa.ForeignKeyConstraint(
            ["plan_task_id"], ["plan_task.id"], name=op.f("fk_plan_proposal_plan_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_proposal")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_plan_proposal_plan_id_position")),
    )
    with op.batch_alter_table("plan_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_proposal_plan_task_id"), ["plan_task_id"], unique=False)

    op.create_table(
        "plan_task_limit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_task_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("raw", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("span_start", BigId, nullable=True),
        sa.Column("span_end", BigId, nullable=True),
        sa.CheckConstraint(
            "kind IN ('date', 'days', 'cadence', 'event', 'open')", name=op.f("ck_plan_task_limit_kind")
        ),
        sa.CheckConstraint("(span_start IS NULL) = (span_end IS NULL)", name=op.f("ck_plan_task_limit_span")),
        sa.ForeignKeyConstraint(
            ["plan_task_id"], ["plan_task.id"], name=op.f("fk_plan_task_limit_plan_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task_limit")),
        sa.UniqueConstraint(
            "plan_task_id", "position", name=op.f("uq_plan_task_limit_plan_task_id_position")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan_task_unit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_task_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("written", sa.String(length=300), nullable=False),
        sa.Column("span_start", BigId, nullable=True),
        sa.Column("span_end", BigId, nullable=True),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=True),
        sa.CheckConstraint(
            "role IN ('lead', 'responsible', 'cooperating', 'supervising')",
            name=op.f("ck_plan_task_unit_role"),
        ),
        sa.CheckConstraint(
            "state IN ('matched', 'expanded', 'unmatched', 'dropped')", name=op.f("ck_plan_task_unit_state")
        ),
        sa.CheckConstraint("(span_start IS NULL) = (span_end IS NULL)", name=op.f("ck_plan_task_unit_span")),
        sa.ForeignKeyConstraint(["group_id"], ["unit_group.id"], name=op.f("fk_plan_task_unit_group_id")),
        sa.ForeignKeyConstraint(
            ["plan_task_id"], ["plan_task.id"], name=op.f("fk_plan_task_unit_plan_task_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task_unit")),
        sa.UniqueConstraint("plan_task_id", "position", name=op.f("uq_plan_task_unit_plan_task_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "round_inspector",
        sa.Column("id", BigId, nullable=False),
        sa.Column("round_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_round_inspector_person_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["inspection_round.id"], name=op.f("fk_round_inspector_round_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_round_inspector_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_inspector")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_round_inspector_round_id_person_id")),
    )
    op.create_table(
        "work_item",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("key_task_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("review_unit_id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by_name", sa.String(length=100), nullable=True),
        sa.Column("plan_text", sa.Text(), nullable=True),
        sa.Column("plan_filed_at", UtcDateTime(), nullable=True),
        sa.Column("plan_filed_by_name", sa.String(length=100), nullable=True),
        sa.Column("urged_at", UtcDateTime(), nullable=True),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("sampling_decided_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_work_item_closed")
        ),
        sa.CheckConstraint(
            "state <> 'cancelled' OR cancel_reason IS NOT NULL", name=op.f("ck_work_item_cancelled")
        ),
        sa.CheckConstraint(
            "state IN ('assigned', 'acknowledged', 'in_progress', 'sampling', 'inspecting', 'closed', 'cancelled')",
            name=op.f("ck_work_item_state"),
        ),
        sa.CheckConstraint(
            "state IN ('assigned', 'cancelled') OR acknowledged_at IS NOT NULL",
            name=op.f("ck_work_item_acknowledged"),
        ),
        sa.CheckConstraint(
            "suspended_at IS NULL OR state IN ('assigned', 'acknowledged', 'in_progress')",
            name=op.f("ck_work_item_suspended"),
        ),
        sa.CheckConstraint("(plan_text IS NULL) = (plan_filed_at IS NULL)", name=op.f("ck_work_item_plan")),
        sa.CheckConstraint("unit_id <> review_unit_id", name=op.f("ck_work_item_reviewed_by_others")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_work_item_campaign_id")),
        sa.ForeignKeyConstraint(["key_task_id"], ["key_task.id"], name=op.f("fk_work_item_key_task_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_work_item_office_unit_id")),
        sa.ForeignKeyConstraint(["review_unit_id"], ["unit.id"], name=op.f("fk_work_item_review_unit_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_item_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
        sa.UniqueConstraint("key_task_id", "number", name=op.f("uq_work_item_key_task_id_number")),
    )
    with op.batch_alter_table("work_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_item_campaign_id_id"), ["campaign_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_work_item_office_unit_id_id"), ["office_unit_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_work_item_review_unit_id_id"), ["review_unit_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_work_item_suspended",
            ["id"],
            unique=False,
            postgresql_where=sa.text("suspended_at IS NOT NULL"),
            sqlite_where=sa.text("suspended_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_work_item_unit_id_id"), ["unit_id", "id"], unique=False)
        batch_op.create_index(
            "uq_work_item_unit",
            ["key_task_id", "unit_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'cancelled'"),
            sqlite_where=sa.text("state <> 'cancelled'"),
        )

    op.create_table(
        "draw",
        sa.Column("id", BigId, nullable=False),
        sa.Column("round_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("unit_path", sa.String(length=300), nullable=False),
        sa.Column("ticket", sa.String(length=64), nullable=True),
        sa.Column("rank", BigId, nullable=True),
        sa.Column("inspector_person_id", BigId, nullable=True),
        sa.CheckConstraint("(rank IS NULL) = (inspector_person_id IS NULL)", name=op.f("ck_draw_inspector")),
        sa.CheckConstraint("(rank IS NULL) = (ticket IS NULL)", name=op.f("ck_draw_ticket")),
        sa.ForeignKeyConstraint(
            ["inspector_person_id"], ["person.id"], name=op.f("fk_draw_inspector_person_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["inspection_round.id"], name=op.f("fk_draw_round_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_draw_unit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_draw_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint("round_id", "rank", name=op.f("uq_draw_round_id_rank")),
        sa.UniqueConstraint("round_id", "work_item_id", name=op.f("uq_draw_round_id_work_item_id")),
    )
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draw_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "draw_exclusion",
        sa.Column("id", BigId, nullable=False),
        sa.Column("round_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("work_item_id", BigId, nullable=True),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("line", sa.String(length=300), nullable=True),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('open_check', 'recused', 'left', 'cancelled')", name=op.f("ck_draw_exclusion_reason")
        ),
        sa.CheckConstraint(
            "work_item_id IS NOT NULL OR person_id IS NOT NULL", name=op.f("ck_draw_exclusion_whom")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draw_exclusion_person_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["inspection_round.id"], name=op.f("fk_draw_exclusion_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_item.id"], name=op.f("fk_draw_exclusion_work_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_exclusion")),
    )
    with op.batch_alter_table("draw_exclusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draw_exclusion_round_id_id"), ["round_id", "id"], unique=False)

    op.create_table(
        "obligation",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("limit_id", BigId, nullable=True),
        sa.Column("position", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("ordinal", BigId, nullable=True),
        sa.Column("earliest_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("round", BigId, nullable=False),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'period') = (period_end IS NOT NULL)", name=op.f("ck_obligation_period_kind")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (accepted_at IS NOT NULL)", name=op.f("ck_obligation_accepted")
        ),
        sa.CheckConstraint(
            "kind IN ('milestone', 'period', 'event', 'final')", name=op.f("ck_obligation_kind")
        ),
        sa.CheckConstraint(
            "ordinal IS NULL OR (kind = 'period' AND ordinal > 0)", name=op.f("ck_obligation_ordinal")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'cancelled') OR round > 0", name=op.f("ck_obligation_submitted")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'submitted', 'in_review', 'accepted', 'cancelled')",
            name=op.f("ck_obligation_state"),
        ),
        sa.CheckConstraint(
            "(period_start IS NULL) = (period_end IS NULL)", name=op.f("ck_obligation_period")
        ),
        sa.CheckConstraint("round >= 0", name=op.f("ck_obligation_round")),
        sa.ForeignKeyConstraint(["limit_id"], ["key_task_limit.id"], name=op.f("fk_obligation_limit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_obligation_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint("work_item_id", "position", name=op.f("uq_obligation_work_item_id_position")),
    )
    op.create_table(
        "plan_task_member",
        sa.Column("id", BigId, nullable=False),
        sa.Column("plan_task_unit_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_task_unit_id"], ["plan_task_unit.id"], name=op.f("fk_plan_task_member_plan_task_unit_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_task_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_task_member")),
        sa.UniqueConstraint(
            "plan_task_unit_id", "unit_id", name=op.f("uq_plan_task_member_plan_task_unit_id_unit_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("plan_task_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_task_member_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "site_check",
        sa.Column("id", BigId, nullable=False),
        sa.Column("round_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("inspector_person_id", BigId, nullable=False),
        sa.Column("inspector_unit_id", BigId, nullable=False),
        sa.Column("inspector_name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("is_recheck", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("replaces_id", BigId, nullable=True),
        sa.Column("replaced_reason", sa.Text(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)", name=op.f("ck_site_check_ended")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'findings', 'closed', 'withdrawn')", name=op.f("ck_site_check_state")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'withdrawn') OR recorded_at IS NOT NULL", name=op.f("ck_site_check_recorded")
        ),
        sa.ForeignKeyConstraint(
            ["inspector_person_id"], ["person.id"], name=op.f("fk_site_check_inspector_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspector_unit_id"], ["unit.id"], name=op.f("fk_site_check_inspector_unit_id")
        ),
        sa.ForeignKeyConstraint(["replaces_id"], ["site_check.id"], name=op.f("fk_site_check_replaces_id")),
        sa.ForeignKeyConstraint(["round_id"], ["inspection_round.id"], name=op.f("fk_site_check_round_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_site_check_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_check")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_site_check_replaces_id")),
    )
    with op.batch_alter_table("site_check", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_site_check_inspector_person_id_state"),
            ["inspector_person_id", "state"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_site_check_round_id_id"), ["round_id", "id"], unique=False)
        batch_op.create_index(
            "uq_site_check_running",
            ["work_item_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('open', 'findings')"),
            sqlite_where=sa.text("state IN ('open', 'findings')"),
        )

    op.create_table(
        "urging",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by_person_id", BigId, nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("urged_at", UtcDateTime(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('single', 'batch')", name=op.f("ck_urging_kind")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_urging_unit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_urging_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urging")),
    )
    with op.batch_alter_table("urging", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_urging_by_person_id_urged_at"), ["by_person_id", "urged_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_urging_unit_id_id"), ["unit_id", "id"], unique=False)
        batch_op.create_index(
            "ix_urging_untold",
            ["unit_id"],
            unique=False,
            postgresql_where=sa.text("told_at IS NULL"),
            sqlite_where=sa.text("told_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_urging_work_item_id_id"), ["work_item_id", "id"], unique=False)

    op.create_table(
        "work_item_file",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_work_item_file_file_id")),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_item.id"], name=op.f("fk_work_item_file_work_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item_file")),
        sa.UniqueConstraint("work_item_id", "file_id", name=op.f("uq_work_item_file_work_item_id_file_id")),
    )
    op.create_table(
        "change_request",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("obligation_id", BigId, nullable=True),
        sa.Column("to_unit_id", BigId, nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("by_office", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("leader_unit_id", BigId, nullable=True),
        sa.Column("new_work_item_id", BigId, nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=False),
        sa.Column("applied_by_id", BigId, nullable=True),
        sa.Column("applied_by_name", sa.String(length=100), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(kind = 'suspend') = (review_on IS NOT NULL)", name=op.f("ck_change_request_review")
        ),
        sa.CheckConstraint(
            "(kind IN ('pause', 'resume')) = (obligation_id IS NOT NULL)",
            name=op.f("ck_change_request_obligation"),
        ),
        sa.CheckConstraint(
            "(state IN ('applied', 'with_office', 'with_leader', 'returned')) = (decided_at IS NULL)",
            name=op.f("ck_change_request_decided"),
        ),
        sa.CheckConstraint(
            "kind <> 'transfer' OR state <> 'granted' OR to_unit_id IS NOT NULL",
            name=op.f("ck_change_request_target"),
        ),
        sa.CheckConstraint(
            "kind IN ('pause', 'resume', 'cancel', 'transfer', 'suspend', 'lift')",
            name=op.f("ck_change_request_kind"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_change_request_reason")),
        sa.CheckConstraint(
            "state <> 'with_leader' OR leader_unit_id IS NOT NULL", name=op.f("ck_change_request_leader")
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'with_office', 'with_leader', 'returned', 'granted', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_change_request_state"),
        ),
        sa.CheckConstraint("to_unit_id IS NULL OR kind = 'transfer'", name=op.f("ck_change_request_unit")),
        sa.ForeignKeyConstraint(
            ["leader_unit_id"], ["unit.id"], name=op.f("fk_change_request_leader_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["new_work_item_id"], ["work_item.id"], name=op.f("fk_change_request_new_work_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_change_request_obligation_id")
        ),
        sa.ForeignKeyConstraint(["to_unit_id"], ["unit.id"], name=op.f("fk_change_request_to_unit_id")),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_item.id"], name=op.f("fk_change_request_work_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request")),
    )
    with op.batch_alter_table("change_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_change_request_new_work_item_id"), ["new_work_item_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_change_request_work_item_id_id"), ["work_item_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_change_request_undecided",
            ["work_item_id", "by_office"],
            unique=True,
            postgresql_where=sa.text("state IN ('applied', 'with_office', 'with_leader', 'returned')"),
            sqlite_where=sa.text("state IN ('applied', 'with_office', 'with_leader', 'returned')"),
        )

    op.create_table(
        "extension",
        sa.Column("id", BigId, nullable=False),
        sa.Column("obligation_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("ordinal", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("original_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("new_on", sa.Date(), nullable=False),
        sa.Column("working_days", BigId, nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("leader_unit_id", BigId, nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=False),
        sa.Column("applied_by_id", BigId, nullable=True),
        sa.Column("applied_by_name", sa.String(length=100), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state IN ('applied', 'with_office', 'with_leader', 'returned')) = (decided_at IS NULL)",
            name=op.f("ck_extension_decided"),
        ),
        sa.CheckConstraint(
            "reason <> '' AND progress <> '' AND ordinal > 0", name=op.f("ck_extension_asked")
        ),
        sa.CheckConstraint(
            "state <> 'with_leader' OR leader_unit_id IS NOT NULL", name=op.f("ck_extension_leader")
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'with_office', 'with_leader', 'returned', 'granted', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_extension_state"),
        ),
        sa.CheckConstraint("new_on > from_on", name=op.f("ck_extension_later")),
        sa.ForeignKeyConstraint(["leader_unit_id"], ["unit.id"], name=op.f("fk_extension_leader_unit_id")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_extension_obligation_id")
        ),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_extension_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_extension_obligation_id_id"), ["obligation_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_extension_work_item_id_id"), ["work_item_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_extension_undecided",
            ["obligation_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('applied', 'with_office', 'with_leader', 'returned')"),
            sqlite_where=sa.text("state IN ('applied', 'with_office', 'with_leader', 'returned')"),
        )

    op.create_table(
        "finding",
        sa.Column("id", BigId, nullable=False),
        sa.Column("check_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("position", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("severity IN ('minor', 'general', 'serious')", name=op.f("ck_finding_severity")),
        sa.ForeignKeyConstraint(["check_id"], ["site_check.id"], name=op.f("fk_finding_check_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_finding_unit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_finding_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("check_id", "position", name=op.f("uq_finding_check_id_position")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("obligation_id", BigId, nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=50), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("office_unit_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("year", BigId, nullable=True),
        sa.Column("number", BigId, nullable=True),
        sa.Column("number_text", sa.String(length=100), nullable=True),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("days_late", BigId, nullable=False),
        sa.Column("reply_on", sa.Date(), nullable=False),
        sa.Column("reply_form", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("lead_name", sa.String(length=200), nullable=False),
        sa.Column("assisting_names", sa.Text(), nullable=False),
        sa.Column("start_reason", sa.Text(), nullable=True),
        sa.Column("former_id", BigId, nullable=True),
        sa.Column("leader_unit_id", BigId, nullable=True),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("drafted_by_id", BigId, nullable=True),
        sa.Column("drafted_by_name", sa.String(length=100), nullable=False),
        sa.Column("submitted_by_id", BigId, nullable=True),
        sa.Column("submitted_by_name", sa.String(length=100), nullable=True),
        sa.Column("return_reasons", sa.Text(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("issued_by_id", BigId, nullable=True),
        sa.Column("issued_by_name", sa.String(length=100), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("received_by_name", sa.String(length=100), nullable=True),
        sa.Column("round", BigId, nullable=False),
        sa.Column("receipt_late_at", UtcDateTime(), nullable=True),
        sa.Column("reply_late_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_notice_cancelled")
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'escalated', 'cancelled')) = (closed_at IS NOT NULL)",
            name=op.f("ck_notice_closed"),
        ),
        sa.CheckConstraint(
            "grade IN ('reminder_letter', 'supervision_notice', 'circular', 'talk')",
            name=op.f("ck_notice_grade"),
        ),
        sa.CheckConstraint(
            "number IS NULL OR (number > 0 AND number_text <> '')", name=op.f("ck_notice_number")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'cancelled') OR number IS NOT NULL",
            name=op.f("ck_notice_issued"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'issued', 'received', 'replied', 'closed', 'escalated', 'cancelled')",
            name=op.f("ck_notice_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('draft', 'submitted') OR number IS NULL", name=op.f("ck_notice_unissued")
        ),
        sa.CheckConstraint(
            "state NOT IN ('received', 'replied') OR received_at IS NOT NULL", name=op.f("ck_notice_received")
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL) AND (number IS NULL) = (year IS NULL)",
            name=op.f("ck_notice_numbered"),
        ),
        sa.CheckConstraint("unit_id <> office_unit_id", name=op.f("ck_notice_to_others")),
        sa.ForeignKeyConstraint(["former_id"], ["notice.id"], name=op.f("fk_notice_former_id")),
        sa.ForeignKeyConstraint(["leader_unit_id"], ["unit.id"], name=op.f("fk_notice_leader_unit_id")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_notice_obligation_id")),
        sa.ForeignKeyConstraint(["office_unit_id"], ["unit.id"], name=op.f("fk_notice_office_unit_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_notice_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "office_unit_id", "year", "number", name=op.f("uq_notice_office_unit_id_year_number")
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_issued_at_id"), ["issued_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notice_office_unit_id_id"), ["office_unit_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_notice_unit_id_id"), ["unit_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_work_item_id_id"), ["work_item_id", "id"], unique=False)
        batch_op.create_index(
            "uq_notice_of_item",
            ["work_item_id", "grade"],
            unique=True,
            postgresql_where=sa.text(
                "state IN ('draft', 'submitted', 'issued', 'received', 'replied') AND obligation_id IS NULL"
            ),
            sqlite_where=sa.text(
                "state IN ('draft', 'submitted', 'issued', 'received', 'replied') AND obligation_id IS NULL"
            ),
        )
        batch_op.create_index(
            "uq_notice_of_obligation",
            ["obligation_id", "grade"],
            unique=True,
            postgresql_where=sa.text("state IN ('draft', 'submitted', 'issued', 'received', 'replied')"),
            sqlite_where=sa.text("state IN ('draft', 'submitted', 'issued', 'received', 'replied')"),
        )

    op.create_table(
        "submission",
        sa.Column("id", BigId, nullable=False),
        sa.Column("obligation_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("round", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("submitted_by_id", BigId, nullable=True),
        sa.Column("submitted_by_name", sa.String(length=100), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("signed_by_id", BigId, nullable=True),
        sa.Column("signed_by_name", sa.String(length=100), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'submitted') = (signed_at IS NULL)", name=op.f("ck_submission_signed")),
        sa.CheckConstraint("state <> 'refused' OR refusal IS NOT NULL", name=op.f("ck_submission_refused")),
        sa.CheckConstraint(
            "state IN ('submitted', 'refused', 'in_review', 'returned', 'accepted')",
            name=op.f("ck_submission_state"),
        ),
        sa.CheckConstraint("round > 0", name=op.f("ck_submission_round")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_submission_obligation_id")
        ),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_submission_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("obligation_id", "round", name=op.f("uq_submission_obligation_id_round")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "change_request_opinion",
        sa.Column("id", BigId, nullable=False),
        sa.Column("change_request_id", BigId, nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("given_by_id", BigId, nullable=True),
        sa.Column("given_by_name", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "step IN ('head', 'office', 'leader')", name=op.f("ck_change_request_opinion_step")
        ),
        sa.CheckConstraint(
            "verdict = 'agreed' OR reasons <> ''", name=op.f("ck_change_request_opinion_reasons")
        ),
        sa.CheckConstraint(
            "verdict IN ('agreed', 'returned', 'refused')", name=op.f("ck_change_request_opinion_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["change_request_id"],
            ["change_request.id"],
            name=op.f("fk_change_request_opinion_change_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_request_opinion")),
    )
    with op.batch_alter_table("change_request_opinion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_change_request_opinion_change_request_id_id"),
            ["change_request_id", "id"],
            unique=False,
        )

    op.create_table(
        "evidence_file",
        sa.Column("id", BigId, nullable=False),
        sa.Column("submission_id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_evidence_file_file_id")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_evidence_file_submission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_file")),
        sa.UniqueConstraint("submission_id", "file_id", name=op.f("uq_evidence_file_submission_id_file_id")),
    )
    with op.batch_alter_table("evidence_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_file_file_id"), ["file_id"], unique=False)

    op.create_table(
        "extension_opinion",
        sa.Column("id", BigId, nullable=False),
        sa.Column("extension_id", BigId, nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("new_on", sa.Date(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("given_by_id", BigId, nullable=True),
        sa.Column("given_by_name", sa.String(length=100), nullable=False),
        sa.CheckConstraint("step IN ('head', 'office', 'leader')", name=op.f("ck_extension_opinion_step")),
        sa.CheckConstraint("verdict = 'agreed' OR reasons <> ''", name=op.f("ck_extension_opinion_reasons")),
        sa.CheckConstraint(
            "verdict IN ('agreed', 'returned', 'refused')", name=op.f("ck_extension_opinion_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["extension_id"], ["extension.id"], name=op.f("fk_extension_opinion_extension_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_opinion")),
    )
    with op.batch_alter_table("extension_opinion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_extension_opinion_extension_id_id"), ["extension_id", "id"], unique=False
        )

    op.create_table(
        "notice_paper",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("format IN ('docx', 'pdf')", name=op.f("ck_notice_paper_format")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_notice_paper_file_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_paper_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_paper")),
        sa.UniqueConstraint("notice_id", "format", name=op.f("uq_notice_paper_notice_id_format")),
    )
    op.create_table(
        "notice_reply",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("round", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=False),
        sa.Column("replied_by_id", BigId, nullable=True),
        sa.Column("replied_by_name", sa.String(length=100), nullable=False),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_by_name", sa.String(length=100), nullable=True),
        sa.CheckConstraint(
            "satisfied IS NULL OR satisfied OR reasons <> ''", name=op.f("ck_notice_reply_reasons")
        ),
        sa.CheckConstraint(
            "(satisfied IS NULL) = (verified_at IS NULL)", name=op.f("ck_notice_reply_verified")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_reply_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_reply")),
        sa.UniqueConstraint("notice_id", "round", name=op.f("uq_notice_reply_notice_id_round")),
    )
    op.create_table(
        "rectification",
        sa.Column("id", BigId, nullable=False),
        sa.Column("finding_id", BigId, nullable=False),
        sa.Column("check_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("responsible_unit_id", BigId, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("round", BigId, nullable=False),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_rectification_closed")
        ),
        sa.CheckConstraint("state IN ('open', 'submitted', 'closed')", name=op.f("ck_rectification_state")),
        sa.ForeignKeyConstraint(["check_id"], ["site_check.id"], name=op.f("fk_rectification_check_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_rectification_finding_id")),
        sa.ForeignKeyConstraint(
            ["responsible_unit_id"], ["unit.id"], name=op.f("fk_rectification_responsible_unit_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_item.id"], name=op.f("fk_rectification_work_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_rectification_finding_id")),
    )
    with op.batch_alter_table("rectification", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rectification_check_id_state"), ["check_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rectification_responsible_unit_id_state"),
            ["responsible_unit_id", "state"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_rectification_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", BigId, nullable=False),
        sa.Column("submission_id", BigId, nullable=False),
        sa.Column("obligation_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", BigId, nullable=True),
        sa.Column("decided_by_name", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_review_decided")),
        sa.CheckConstraint("state <> 'returned' OR reasons <> ''", name=op.f("ck_review_reasons")),
        sa.CheckConstraint("state IN ('open', 'approved', 'returned')", name=op.f("ck_review_state")),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligation.id"], name=op.f("fk_review_obligation_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_review_submission_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_review_unit_id")),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name=op.f("fk_review_work_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_review_submission_id")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_unit_id_state_id"), ["unit_id", "state", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_review_work_item_id"), ["work_item_id"], unique=False)

    op.create_table(
        "rectification_report",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rectification_id", BigId, nullable=False),
        sa.Column("round", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("submitted_by_id", BigId, nullable=True),
        sa.Column("submitted_by_name", sa.String(length=200), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=True),
        sa.Column("verified_by_id", BigId, nullable=True),
        sa.Column("verified_by_name", sa.String(length=200), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(passed IS NULL) = (verified_at IS NULL)", name=op.f("ck_rectification_report_verified")
        ),
        sa.ForeignKeyConstraint(
            ["rectification_id"], ["rectification.id"], name=op.f("fk_rectification_report_rectification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_report")),
        sa.UniqueConstraint(
            "rectification_id", "round", name=op.f("uq_rectification_report_rectification_id_round")
        ),
    )
    op.create_table(
        "rectification_file",
        sa.Column("id", BigId, nullable=False),
        sa.Column("report_id", BigId, nullable=False),
        sa.Column("file_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_rectification_file_file_id")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["rectification_report.id"], name=op.f("fk_rectification_file_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_file")),
        sa.UniqueConstraint("report_id", "file_id", name=op.f("uq_rectification_file_report_id_file_id")),
    )
    with op.batch_alter_table("rectification_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rectification_file_file_id"), ["file_id"], unique=False)
    connection = op.get_bind()
    for statement in TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
