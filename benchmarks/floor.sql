-- The floors: what the database must do at the least for the same effect. A section is `-- name: …` up to the next.
-- Parameters as psycopg takes them. One SELECT … FOR UPDATE, one statement that writes every row the verb writes
-- (the digests of the audit entry are computed between the two, as the verb does), one COMMIT.

-- name: submit.read
SELECT o.id AS obligation_id, o.work_item_id, o.round + 1 AS round, i.id AS instance_id, i.state AS process_state,
       t.id AS user_task_id, h.id AS head_id, h.seq + 1 AS seq, h.digest AS previous, w.unit_id AS offered_unit_id,
       d.due_at AS offered_due_at
FROM obligation o
JOIN work_item w ON w.id = o.work_item_id
JOIN process_instance i ON i.subject_type = 'obligation' AND i.subject_id = o.id AND i.status = 'running'
JOIN user_task t ON t.instance_id = i.id AND t.state = 'open'
JOIN deadline d ON d.subject_type = 'obligation' AND d.subject_id = o.id AND d.kind = 'obligation.due'
JOIN audit_stream h ON h.name = 'work_item:' || o.work_item_id
WHERE o.id = %(obligation_id)s AND o.state = 'open'
FOR UPDATE OF o, i, h

-- name: submit.write
WITH obligation_row AS (
  UPDATE obligation SET round = %(round)s, state = 'submitted' WHERE id = %(obligation_id)s
), submission_row AS (
  INSERT INTO submission (obligation_id, work_item_id, round, text, state, submitted_by_id, submitted_by_name,
                          submitted_at)
  VALUES (%(obligation_id)s, %(work_item_id)s, %(round)s, %(text)s, 'submitted', %(actor_id)s, %(actor_name)s, %(now)s)
), instance_row AS (
  UPDATE process_instance SET state = %(process_state)s, version = version + 1 WHERE id = %(instance_id)s
), completed_row AS (
  UPDATE user_task SET state = 'completed', ended_at = %(now)s, completed_by_id = %(actor_id)s,
                       completed_by_name = %(actor_name)s
  WHERE id = %(user_task_id)s
), offered_row AS (
  INSERT INTO user_task (task_id, instance_id, element_id, name, form_key, unit_id, role, subject_type, subject_id,
                         work_item_id, deadline_kind, state, opened_at, due_at, due_key)
  VALUES (%(task_id)s, %(instance_id)s, %(element_id)s, %(task_name)s, %(form_key)s, %(offered_unit_id)s, %(role)s,
          'obligation', %(obligation_id)s, %(work_item_id)s, %(deadline_kind)s, 'open', %(now)s, %(offered_due_at)s,
          %(offered_due_at)s)
), entry_row AS (
  INSERT INTO audit_entry (stream, seq, at, actor_id, actor_name, action, subject_type, subject_id, detail, salt,
                           detail_digest, digest)
  VALUES (%(stream)s, %(seq)s, %(now)s, %(actor_id)s, %(actor_name)s, %(action)s, %(subject_type)s, %(subject_id)s,
          %(detail)s, %(salt)s, %(detail_digest)s, %(digest)s)
), head_row AS (
  UPDATE audit_stream SET seq = %(seq)s, digest = %(digest)s, sealed = false WHERE id = %(head_id)s
)
INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
VALUES (%(message_id)s, %(action)s, %(subject_type)s, %(subject_id)s, %(detail)s, %(actor_name)s, %(now)s)

-- name: sign_off.read
SELECT o.id AS obligation_id, o.work_item_id, o.round, i.id AS instance_id, i.state AS process_state,
       t.id AS user_task_id, h.id AS head_id, h.seq + 1 AS seq, h.digest AS previous, s.id AS submission_id,
       d.id AS deadline_id, w.review_unit_id AS offered_unit_id, d.policy_id
FROM obligation o
JOIN work_item w ON w.id = o.work_item_id
JOIN submission s ON s.obligation_id = o.id AND s.round = o.round
JOIN process_instance i ON i.subject_type = 'obligation' AND i.subject_id = o.id AND i.status = 'running'
JOIN user_task t ON t.instance_id = i.id AND t.state = 'open'
JOIN deadline d ON d.subject_type = 'obligation' AND d.subject_id = o.id AND d.kind = 'obligation.due'
JOIN audit_stream h ON h.name = 'work_item:' || o.work_item_id
WHERE o.id = %(obligation_id)s AND o.state = 'submitted'
FOR UPDATE OF o, i, d, h

-- name: sign_off.write
WITH obligation_row AS (
  UPDATE obligation SET state = 'in_review' WHERE id = %(obligation_id)s
), submission_row AS (
  UPDATE submission SET state = 'in_review', signed_by_id = %(actor_id)s, signed_by_name = %(actor_name)s,
                        signed_at = %(now)s
  WHERE id = %(submission_id)s
), met_row AS (
  UPDATE deadline SET state = 'met', met_at = %(now)s, next_action_at = NULL, next_step = NULL
  WHERE id = %(deadline_id)s
), review_row AS (
  INSERT INTO review (submission_id, obligation_id, work_item_id, unit_id, state, reasons, opened_at)
  VALUES (%(submission_id)s, %(obligation_id)s, %(work_item_id)s, %(offered_unit_id)s, 'open', '', %(now)s)
), opened_row AS (
  INSERT INTO deadline (subject_type, subject_id, kind, unit_id, stream, basis, original_due_on, due_on, due_at,
                        provisional, state, opened_at, policy_id, next_action_at, next_step)
  VALUES ('obligation', %(obligation_id)s, 'review.due', %(offered_unit_id)s, %(stream)s, %(basis)s, %(due_on)s,
          %(due_on)s, %(offered_due_at)s, false, 'open', %(now)s, %(policy_id)s, %(next_action_at)s, 'remind_1')
), instance_row AS (
  UPDATE process_instance SET state = %(process_state)s, version = version + 1 WHERE id = %(instance_id)s
), completed_row AS (
  UPDATE user_task SET state = 'completed', ended_at = %(now)s, completed_by_id = %(actor_id)s,
                       completed_by_name = %(actor_name)s
  WHERE id = %(user_task_id)s
), offered_row AS (
  INSERT INTO user_task (task_id, instance_id, element_id, name, form_key, unit_id, role, subject_type, subject_id,
                         work_item_id, deadline_kind, state, opened_at, due_at, due_key)
  VALUES (%(task_id)s, %(instance_id)s, %(element_id)s, %(task_name)s, %(form_key)s, %(offered_unit_id)s, %(role)s,
          'obligation', %(obligation_id)s, %(work_item_id)s, %(deadline_kind)s, 'open', %(now)s, %(offered_due_at)s,
          %(offered_due_at)s)
), entry_row AS (
  INSERT INTO audit_entry (stream, seq, at, actor_id, actor_name, action, subject_type, subject_id, detail, salt,
                           detail_digest, digest)
  VALUES (%(stream)s, %(seq)s, %(now)s, %(actor_id)s, %(actor_name)s, %(action)s, %(subject_type)s, %(subject_id)s,
          %(detail)s, %(salt)s, %(detail_digest)s, %(digest)s)
), head_row AS (
  UPDATE audit_stream SET seq = %(seq)s, digest = %(digest)s, sealed = false WHERE id = %(head_id)s
)
INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
VALUES (%(message_id)s, %(action)s, %(subject_type)s, %(subject_id)s, %(detail)s, %(actor_name)s, %(now)s)

-- name: decide.read
SELECT o.id AS obligation_id, o.work_item_id, o.round, i.id AS instance_id, i.state AS process_state,
       t.id AS user_task_id, h.id AS head_id, h.seq + 1 AS seq, h.digest AS previous, s.id AS submission_id,
       r.id AS review_id, judged.id AS deadline_id, owed.id AS reopened_id, owed.due_at AS offered_due_at,
       w.unit_id AS offered_unit_id
FROM obligation o
JOIN work_item w ON w.id = o.work_item_id
JOIN submission s ON s.obligation_id = o.id AND s.round = o.round
JOIN review r ON r.submission_id = s.id AND r.state = 'open'
JOIN process_instance i ON i.subject_type = 'obligation' AND i.subject_id = o.id AND i.status = 'running'
JOIN user_task t ON t.instance_id = i.id AND t.state = 'open'
JOIN deadline owed ON owed.subject_type = 'obligation' AND owed.subject_id = o.id AND owed.kind = 'obligation.due'
JOIN deadline judged ON judged.subject_type = 'obligation' AND judged.subject_id = o.id
                    AND judged.kind = 'review.due' AND judged.state = 'open'
JOIN audit_stream h ON h.name = 'work_item:' || o.work_item_id
WHERE o.id = %(obligation_id)s AND o.state = 'in_review'
FOR UPDATE OF o, r, i, owed, judged, h

-- name: decide.write
WITH obligation_row AS (
  UPDATE obligation SET state = 'open' WHERE id = %(obligation_id)s
), submission_row AS (
  UPDATE submission SET state = 'returned' WHERE id = %(submission_id)s
), review_row AS (
  UPDATE review SET state = 'returned', reasons = %(reasons)s, decided_at = %(now)s, decided_by_id = %(actor_id)s,
                    decided_by_name = %(actor_name)s
  WHERE id = %(review_id)s
), met_row AS (
  UPDATE deadline SET state = 'met', met_at = %(now)s, next_action_at = NULL, next_step = NULL
  WHERE id = %(deadline_id)s
), reopened_row AS (
  UPDATE deadline SET state = 'open', met_at = NULL, next_action_at = %(next_action_at)s, next_step = 'remind_15'
  WHERE id = %(reopened_id)s
), instance_row AS (
  UPDATE process_instance SET state = %(process_state)s, version = version + 1 WHERE id = %(instance_id)s
), completed_row AS (
  UPDATE user_task SET state = 'completed', ended_at = %(now)s, completed_by_id = %(actor_id)s,
                       completed_by_name = %(actor_name)s
  WHERE id = %(user_task_id)s
), offered_row AS (
  INSERT INTO user_task (task_id, instance_id, element_id, name, form_key, unit_id, role, subject_type, subject_id,
                         work_item_id, deadline_kind, state, opened_at, due_at, due_key)
  VALUES (%(task_id)s, %(instance_id)s, %(element_id)s, %(task_name)s, %(form_key)s, %(offered_unit_id)s, %(role)s,
          'obligation', %(obligation_id)s, %(work_item_id)s, %(deadline_kind)s, 'open', %(now)s, %(offered_due_at)s,
          %(offered_due_at)s)
), entry_row AS (
  INSERT INTO audit_entry (stream, seq, at, actor_id, actor_name, action, subject_type, subject_id, detail, salt,
                           detail_digest, digest)
  VALUES (%(stream)s, %(seq)s, %(now)s, %(actor_id)s, %(actor_name)s, %(action)s, %(subject_type)s, %(subject_id)s,
          %(detail)s, %(salt)s, %(detail_digest)s, %(digest)s)
), head_row AS (
  UPDATE audit_stream SET seq = %(seq)s, digest = %(digest)s, sealed = false WHERE id = %(head_id)s
)
INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
VALUES (%(message_id)s, %(action)s, %(subject_type)s, %(subject_id)s, %(detail)s, %(actor_name)s, %(now)s)

-- name: dispatch.read
SELECT k.campaign_id, k.id AS key_task_id, k.number, k.title, k.review_unit_id, k.office_unit_id,
       array(SELECT u.unit_id FROM key_task_unit u
             WHERE u.key_task_id = k.id AND u.role = 'responsible' AND u.position > %(position)s
             ORDER BY u.position LIMIT %(size)s) AS unit_ids,
       array(SELECT nextval(pg_get_serial_sequence('work_item', 'id')) FROM generate_series(1, %(size)s)) AS item_ids,
       array(SELECT nextval(pg_get_serial_sequence('process_instance', 'id')) FROM generate_series(1, %(size)s))
         AS instance_ids
FROM key_task k
WHERE k.id = %(key_task_id)s
FOR UPDATE

-- name: dispatch.write
WITH given AS (
  SELECT * FROM unnest(%(item_ids)s::bigint[], %(instance_ids)s::bigint[], %(unit_ids)s::bigint[], %(numbers)s::text[],
                       %(task_ids)s::text[], %(message_ids)s::text[], %(salts)s::text[], %(details)s::text[],
                       %(detail_digests)s::text[], %(digests)s::text[])
    AS g (item_id, instance_id, unit_id, number, task_id, message_id, salt, detail, detail_digest, digest)
), item_rows AS (
  INSERT INTO work_item (id, campaign_id, key_task_id, unit_id, review_unit_id, office_unit_id, number, title, state,
                         assigned_at, version)
  SELECT item_id, %(campaign_id)s, %(key_task_id)s, unit_id, %(review_unit_id)s, %(office_unit_id)s, number, %(title)s,
         'assigned', %(now)s, 1
  FROM given
), deadline_rows AS (
  INSERT INTO deadline (subject_type, subject_id, kind, unit_id, stream, basis, original_due_on, due_on, due_at,
                        provisional, state, opened_at, policy_id, next_action_at, next_step)
  SELECT 'work_item', item_id, 'work_item.acknowledge', unit_id, 'work_item:' || item_id, %(basis)s, %(due_on)s,
         %(due_on)s, %(due_at)s, false, 'open', %(now)s, %(policy_id)s, %(next_action_at)s, 'remind_1'
  FROM given
), head_rows AS (
  INSERT INTO audit_stream (name, seq, digest, sealed) SELECT 'work_item:' || item_id, 1, digest, false FROM given
), entry_rows AS (
  INSERT INTO audit_entry (stream, seq, at, actor_name, action, subject_type, subject_id, detail, salt, detail_digest,
                           digest)
  SELECT 'work_item:' || item_id, 1, %(now)s, %(actor_name)s, 'work_item.assigned', 'work_item', item_id, detail, salt,
         detail_digest, digest
  FROM given
), message_rows AS (
  INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
  SELECT message_id, 'work_item.assigned', 'work_item', item_id, detail, %(actor_name)s, %(now)s FROM given
), instance_rows AS (
  INSERT INTO process_instance (id, definition_id, spec_key, subject_type, subject_id, work_item_id, state, status,
                                version, started_at)
  SELECT instance_id, %(definition_id)s, %(spec_key)s, 'work_item', item_id, item_id, %(process_state)s, 'running', 1,
         %(now)s
  FROM given
)
INSERT INTO user_task (task_id, instance_id, element_id, name, form_key, unit_id, role, subject_type, subject_id,
                       work_item_id, deadline_kind, state, opened_at, due_at, due_key)
SELECT task_id, instance_id, 'acknowledge', '签收', 'work_item.acknowledge', unit_id, 'reporter', 'work_item', item_id,
       item_id, 'work_item.acknowledge', 'open', %(now)s, %(due_at)s, %(due_at)s
FROM given

-- name: sweep.pick
SELECT id FROM deadline WHERE next_action_at > %(after)s AND next_action_at <= %(now)s
ORDER BY next_action_at, id LIMIT %(limit)s

-- name: sweep.read
SELECT d.id AS deadline_id, d.kind, d.unit_id, d.policy_id, d.due_on, d.due_at, d.subject_id, o.work_item_id, o.round,
       i.state AS process_state, h.name AS stream, h.seq, h.digest AS previous
FROM deadline d
JOIN obligation o ON o.id = d.subject_id
JOIN process_instance i ON i.subject_type = 'obligation' AND i.subject_id = o.id
JOIN audit_stream h ON h.name = d.stream
WHERE d.id = ANY(%(ids)s) AND d.next_action_at <= %(now)s
ORDER BY d.id
FOR UPDATE OF o, i, d, h SKIP LOCKED

-- name: sweep.remind
WITH given AS (
  SELECT * FROM unnest(%(deadline_ids)s::bigint[], %(subject_ids)s::bigint[], %(policy_ids)s::bigint[],
                       %(due_ats)s::timestamptz[], %(streams)s::text[], %(seqs)s::bigint[], %(details)s::text[],
                       %(salts)s::text[], %(detail_digests)s::text[], %(digests)s::text[], %(message_ids)s::text[])
    AS g (deadline_id, subject_id, policy_id, due_at, stream, seq, detail, salt, detail_digest, digest, message_id)
), moved_rows AS (
  UPDATE deadline d SET next_action_at = %(next_action_at)s, next_step = 'remind_7', reminded_at = %(now)s
  FROM given WHERE d.id = given.deadline_id
), step_rows AS (
  INSERT INTO deadline_step (deadline_id, policy_id, step, due_at, planned_at, fired_at, outcome)
  SELECT deadline_id, policy_id, 'remind_15', due_at, %(planned_at)s, %(now)s, 'fired' FROM given
), entry_rows AS (
  INSERT INTO audit_entry (stream, seq, at, actor_name, action, subject_type, subject_id, detail, salt, detail_digest,
                           digest)
  SELECT stream, seq, %(now)s, %(actor_name)s, 'deadline.reminded', 'obligation', subject_id, detail, salt,
         detail_digest, digest
  FROM given
), head_rows AS (
  UPDATE audit_stream h SET seq = given.seq, digest = given.digest, sealed = false FROM given
  WHERE h.name = given.stream
)
INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
SELECT message_id, 'deadline.reminded', 'obligation', subject_id, detail, %(actor_name)s, %(now)s FROM given

-- name: sweep.pass
WITH given AS (
  SELECT * FROM unnest(%(deadline_ids)s::bigint[], %(subject_ids)s::bigint[], %(policy_ids)s::bigint[],
                       %(due_ats)s::timestamptz[], %(process_states)s::bytea[], %(streams)s::text[], %(seqs)s::bigint[],
                       %(details)s::text[], %(salts)s::text[], %(detail_digests)s::text[], %(digests)s::text[],
                       %(overdue_details)s::text[], %(overdue_salts)s::text[], %(overdue_detail_digests)s::text[],
                       %(overdue_digests)s::text[], %(message_ids)s::text[])
    AS g (deadline_id, subject_id, policy_id, due_at, process_state, stream, seq, detail, salt, detail_digest, digest,
          overdue_detail, overdue_salt, overdue_detail_digest, overdue_digest, message_id)
), moved_rows AS (
  UPDATE deadline d SET next_action_at = %(next_action_at)s, next_step = 'escalate_1', state = 'passed',
                        passed_at = d.due_at
  FROM given WHERE d.id = given.deadline_id
), step_rows AS (
  INSERT INTO deadline_step (deadline_id, policy_id, step, due_at, planned_at, fired_at, outcome)
  SELECT deadline_id, policy_id, 'passed', due_at, due_at, %(now)s, 'fired' FROM given
), obligation_rows AS (
  UPDATE obligation o SET overdue_at = %(now)s FROM given WHERE o.id = given.subject_id
), instance_rows AS (
  UPDATE process_instance i SET state = given.process_state, version = version + 1 FROM given
  WHERE i.subject_type = 'obligation' AND i.subject_id = given.subject_id
), entry_rows AS (
  INSERT INTO audit_entry (stream, seq, at, actor_name, action, subject_type, subject_id, detail, salt, detail_digest,
                           digest)
  SELECT stream, seq - 1, %(now)s, %(actor_name)s, 'deadline.passed', 'obligation', subject_id, detail, salt,
         detail_digest, digest
  FROM given
  UNION ALL
  SELECT stream, seq, %(now)s, %(actor_name)s, 'obligation.fell_overdue', 'obligation', subject_id, overdue_detail,
         overdue_salt, overdue_detail_digest, overdue_digest
  FROM given
), head_rows AS (
  UPDATE audit_stream h SET seq = given.seq, digest = given.overdue_digest, sealed = false FROM given
  WHERE h.name = given.stream
)
INSERT INTO outbox_message (message_id, kind, subject_type, subject_id, data, actor_name, created_at)
SELECT message_id, 'deadline.passed', 'obligation', subject_id, detail, %(actor_name)s, %(now)s FROM given
