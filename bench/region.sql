-- A region's messages: drawn first, then written table by table. The one place where chance is asked is `drawn`.

SELECT setseed(0.2);

-- `body`: number of the organisation. `age`: days since arrival. Small numbers of everything are the frequent ones.
CREATE TEMP TABLE drawn ON COMMIT DROP AS
WITH chance AS (
    SELECT
        n,
        md5('message ' || n)::uuid AS id,
        otklik_now() - (CAST(:messages AS int) - n) * interval '400 days' / :messages AS received_at,
        1 + floor((:organisations - 1) * random() ^ 2)::int AS body,
        floor(:categories * random() ^ 2)::int AS category,
        floor(:subcategories * random())::int AS subcategory,
        floor(:texts * random())::int AS words,
        floor(:names * random())::int AS name,
        floor(:executors * random())::int AS desk,
        random() AS lateness, random() AS patience, random() AS move, random() AS diligence, random() AS post
    FROM generate_series(1, CAST(:messages AS int)) AS n
), aged AS (
    SELECT
        *,
        extract(epoch FROM otklik_now() - received_at) / 86400 AS age,
        CASE WHEN subcategory = 0 THEN interval '10 days' ELSE interval '30 days' END AS term
    FROM chance
), placed AS (
    SELECT *,
        CASE
            WHEN lateness < 0.015 AND age BETWEEN 30 AND 120 THEN 'execution'
            WHEN lateness < 0.020 AND age BETWEEN 30 AND 120 THEN 'approval'
            WHEN age < 0.7 THEN 'moderation'
            WHEN age < 2.5 THEN 'coordination'
            WHEN age < 20 THEN 'execution'
            WHEN age < 24 THEN 'endorsement'
            WHEN age < 28 THEN 'approval'
            ELSE 'delivery'
        END AS stage
    FROM aged
)
SELECT
    *,
    category IN (1, 2) AS prioritised,
    n % 997 = 0 AS endangers,
    received_at + least(age, 3) * interval '1 day' AS entered_at,
    stage = 'execution' AND patience < 0.04 AS postponed,
    received_at + term + CASE WHEN stage = 'execution' AND patience < 0.04 THEN interval '20 days' ELSE '0' END AS due_at,
    stage = 'delivery' AND age < 33 AND post < 0.05 AS task_waiting,
    CASE WHEN n % 10 = 0 THEN CAST(:operator AS bigint) ELSE :portal END AS created_by,
    (CAST(:coordinator AS bigint[]))[1] + body AS coordinator,
    (CAST(:executor AS bigint[]))[1 + desk] + body AS executor,
    (CAST(:head AS bigint[]))[1] + body AS head
FROM placed
ORDER BY n;

INSERT INTO message (
    id, number, channel, created_at, created_by, received_at, applicant_kind, applicant_name, text, declared_category,
    declared_organisation, digest_key, search, email_index
)
SELECT
    id, '2026-' || lpad(n::text, 7, '0'), 'portal', received_at, created_by, received_at, 'citizen', sealed, text,
    'c' || category, CASE WHEN n % 5 = 0 THEN 'org' || body END, '', search,
    decode(md5('applicant ' || n / 3), 'hex')
FROM drawn JOIN pool_of_texts USING (words) JOIN pool_of_names USING (name)
ORDER BY n;

-- Texts of the same words are near-identical, and three messages in a row come from one applicant: likely duplicates.
INSERT INTO text_band (message, band, received_at)
SELECT id, band, received_at FROM drawn JOIN pool_of_bands USING (words);

INSERT INTO message_case (
    id, number, regulation, revision, stage, entry, entered_at, received_at, created_by, due_at, stage_due_at, version,
    organisation, unit, declared_organisation, category, subcategory, holder, executor, started, returned, postponed_until,
    message_overdue, task_waiting, outcome, answered_at, closed_at, participants, sent_away, prioritised, danger,
    precedence, rest, started_run_at
)
SELECT
    id,
    '2026-' || lpad(n::text, 7, '0'),
    'S2',
    (SELECT min(revision) FROM regulation_revision),
    stage,
    3,
    entered_at,
    received_at,
    created_by,
    due_at,
    CASE WHEN stage <> 'delivery' THEN entered_at + interval '6 days' END,
    3,
    CASE stage WHEN 'moderation' THEN 'org0' ELSE 'org' || body END,
    CASE WHEN stage NOT IN ('moderation', 'coordination') THEN 'org' || body || CASE desk % 2 WHEN 0 THEN '.adults' ELSE '.children' END END,
    CASE WHEN n % 5 = 0 THEN 'org' || body END,
    'c' || category,
    'c' || category || '.s' || subcategory,
    CASE stage WHEN 'execution' THEN executor WHEN 'endorsement' THEN head WHEN 'approval' THEN head END,
    CASE WHEN stage NOT IN ('moderation', 'coordination') THEN executor END,
    diligence < 0.8,
    move < 0.05,
    CASE WHEN postponed THEN (due_at AT TIME ZONE 'Europe/Moscow')::date END,
    stage <> 'delivery' AND due_at < otklik_now(),
    task_waiting,
    CASE WHEN stage = 'delivery' THEN CASE WHEN move < 0.04 THEN 'declined' ELSE 'answered' END END,
    CASE WHEN stage = 'delivery' THEN received_at + interval '28 days' END,
    CASE WHEN stage = 'delivery' AND age >= 33 THEN received_at + interval '32 days' END,
    CASE
        WHEN stage IN ('moderation', 'coordination') THEN '{}'
        WHEN stage = 'execution' THEN ARRAY[coordinator, executor]
        ELSE ARRAY[coordinator, executor, head]
    END,
    CASE WHEN move > 0.97 THEN ARRAY['org' || 1 + (body + 6) % (:organisations - 1)] ELSE '{}' END,
    prioritised,
    CASE WHEN endangers THEN 'suggested' END,
    CASE WHEN stage = 'delivery' THEN 0 WHEN endangers THEN 2 ELSE prioritised::int END,
    CAST(:rest AS jsonb) || jsonb_build_object(
        'coordinator', coordinator,
        'postponements', postponed::int,
        'warned', lateness < 0.3,
        'draft', CASE WHEN stage IN ('endorsement', 'approval') THEN CAST(:draft AS jsonb) || jsonb_build_object(
            'author', executor, 'endorsers', jsonb_build_array(head), 'approver', head, 'position', (stage = 'approval')::int
        ) END
    ),
    received_at
FROM drawn
ORDER BY n;

INSERT INTO journal (case_id, seq, event, at, recorded_at, person, organisation, facts, hash)
SELECT
    id, seq, event, received_at + seq * interval '1 day', received_at + seq * interval '1 day', executor, organisation,
    jsonb_build_object(
        'entry', seq, 'stage', step.stage, 'received_at', received_at, 'due_at', due_at, 'term_days', 30,
        'executor', executor, 'endorsers', jsonb_build_array(), 'approver', NULL,
        'term', jsonb_build_object(
            'stage', step.stage, 'entered_at', entered_at, 'message_due_at', due_at, 'total_seconds', 2592000,
            'share', 65, 'shares_from_here', 90, 'floor_seconds', 25920, 'remaining_seconds', 2332800,
            'due_at', stage_due_at
        )
    ),
    decode(md5(id::text || seq), 'hex')
FROM message_case
JOIN (
    VALUES (1, 'MessageRegistered', 'moderation'), (2, 'MessageAccepted', 'coordination'),
        (3, 'ExecutorAssigned', 'execution'), (4, 'AnswerSubmitted', 'endorsement'), (5, 'AnswerApproved', 'delivery')
) AS step (seq, event, stage)
ON seq <= CASE message_case.stage
    WHEN 'moderation' THEN 1 WHEN 'coordination' THEN 2 WHEN 'execution' THEN 3 WHEN 'delivery' THEN 5 ELSE 4
END;

INSERT INTO decision (id, case_id, seq, action, person, decided_at, version, parameters, verdict, judged_at)
SELECT md5('decision ' || id)::uuid, id, 1, 'submit_answer', executor, entered_at, 3, '{}', 'accepted', entered_at
FROM message_case
WHERE stage IN ('endorsement', 'approval', 'delivery');

INSERT INTO answer_version (
    case_id, version, submission, decision, author, created_at, type, text, digest, approved_at
)
SELECT
    case_id, 1, 1, decision.id, person, decided_at, 'solved',
    'Добавлена вторая линия: дозвониться можно с восьми до двадцати часов, в субботу до четырнадцати.', 'd', answered_at
FROM decision JOIN message_case ON message_case.id = case_id;

INSERT INTO letter (id, case_id, kind, way, state, created_at, settled_at, task_due_at)
SELECT
    md5('letter ' || id)::uuid, id, 'answer',
    CASE WHEN task_waiting THEN 'handover' ELSE 'email' END,
    CASE WHEN task_waiting THEN 'task' ELSE 'sent' END,
    answered_at,
    CASE WHEN NOT task_waiting THEN answered_at END,
    CASE WHEN task_waiting THEN answered_at + interval '5 days' END
FROM message_case
WHERE stage = 'delivery';
