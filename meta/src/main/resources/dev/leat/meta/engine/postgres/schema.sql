-- Everything a volume has in PostgreSQL, in one schema. Made in one transaction.

CREATE TABLE ${schema}.volume (
  layout integer NOT NULL,
  made_schema boolean NOT NULL,
  -- Events up to this one were deleted from the feed.
  trimmed bigint NOT NULL
);

-- Slots and cells are updated in place thousands of times, so pages keep room for that and are cleaned early.
CREATE TABLE ${schema}.entry (
  partition bytea NOT NULL,
  name bytea NOT NULL,
  value bytea NOT NULL,
  session bigint NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (partition, name)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);

CREATE TABLE ${schema}.feed (
  id bigserial PRIMARY KEY,
  session bigint NOT NULL,
  sequence bigint NOT NULL,
  keys bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 1);

-- Emptied by the server itself when it recovers from a crash or a standby takes over: only then can commits be lost.
CREATE UNLOGGED TABLE ${schema}.run (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  id uuid NOT NULL
);

-- A cell after a merge; null if a sum exceeds its bound. Numbers wrap at 64 bits.
CREATE FUNCTION ${schema}.merged(p_cell bytea, p_delta bytea, p_bounds bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  v_cell bytea := coalesce(p_cell, '\x0000');
  v_sums integer;
  v_maxima integer;
  d_sums integer := get_byte(p_delta, 0);
  d_maxima integer := get_byte(p_delta, 1);
  v_old bigint;
  v_new bigint;
  v_delta bigint;
  v_result bytea;
BEGIN
  IF length(v_cell) < 2 OR length(v_cell) < 2 + 8 * (get_byte(v_cell, 0) + get_byte(v_cell, 1)) THEN
    RAISE EXCEPTION 'no cell' USING ERRCODE = 'LE001';
  END IF;
  v_sums := get_byte(v_cell, 0);
  v_maxima := get_byte(v_cell, 1);
  v_result := set_byte(set_byte('\x0000'::bytea, 0, greatest(v_sums, d_sums)), 1, greatest(v_maxima, d_maxima));
  FOR i IN 0 .. greatest(v_sums, d_sums) - 1 LOOP
    v_old := 0;
    v_delta := 0;
    IF i < v_sums THEN
      v_old := ('x' || encode(substring(v_cell FROM 3 + 8 * i FOR 8), 'hex'))::bit(64)::bigint;
    END IF;
    IF i < d_sums THEN
      v_delta := ('x' || encode(substring(p_delta FROM 3 + 8 * i FOR 8), 'hex'))::bit(64)::bigint;
    END IF;
    IF v_delta > 0 AND v_old > 9223372036854775807 - v_delta THEN
      IF length(p_bounds) > 0 THEN
        RETURN NULL;
      END IF;
      v_new := (v_old::numeric + v_delta - 18446744073709551616)::bigint;
    ELSIF v_delta < 0 AND v_old < -9223372036854775808 - v_delta THEN
      v_new := (v_old::numeric + v_delta + 18446744073709551616)::bigint;
    ELSE
      v_new := v_old + v_delta;
    END IF;
    IF i < d_sums AND length(p_bounds) > 0
        AND v_new > ('x' || encode(substring(p_bounds FROM 1 + 8 * i FOR 8), 'hex'))::bit(64)::bigint THEN
      RETURN NULL;
    END IF;
    v_result := v_result || int8send(v_new);
  END LOOP;
  FOR i IN 0 .. greatest(v_maxima, d_maxima) - 1 LOOP
    v_old := 0;
    v_delta := 0;
    IF i < v_maxima THEN
      v_old := ('x' || encode(substring(v_cell FROM 3 + 8 * (v_sums + i) FOR 8), 'hex'))::bit(64)::bigint;
    END IF;
    IF i < d_maxima THEN
      v_delta := ('x' || encode(substring(p_delta FROM 3 + 8 * (d_sums + i) FOR 8), 'hex'))::bit(64)::bigint;
    END IF;
    v_result := v_result || int8send(CASE WHEN i < d_maxima THEN greatest(v_old, v_delta) ELSE v_old END);
  END LOOP;
  RETURN v_result;
END
$$;

-- Applies one commit. All keys that it checks or writes are locked first, in one order for all commits: shared where it
-- only checks, else exclusive. The locks are advisory, so they hold for absent keys too, cost no page write, and do not
-- make creates of one directory queue for its row. Each statement then sees what every earlier holder committed.
--
-- Check kinds: a absent · x exists · s written by the stamp · t slot at the sequence.
-- Codes: 1 applied · 2 fenced · 3 failed, with the current values · 4 slot out of turn, with its row · 5 no slot.
CREATE FUNCTION ${schema}.commit(
  p_session bigint, p_sequence bigint, p_durable boolean,
  p_locks bigint[], p_exclusive boolean[],
  p_check_kinds text[], p_check_partitions bytea[], p_check_names bytea[],
  p_check_sessions bigint[], p_check_sequences bigint[],
  p_empty_partitions bytea[], p_empty_starts bytea[], p_empty_ends bytea[],
  p_put_partitions bytea[], p_put_names bytea[], p_put_values bytea[],
  p_delete_partitions bytea[], p_delete_names bytea[],
  p_merge_partitions bytea[], p_merge_names bytea[], p_merge_deltas bytea[], p_merge_bounds bytea[],
  p_event bytea,
  OUT code integer, OUT kinds text[], OUT partitions bytea[], OUT names bytea[], OUT vals bytea[],
  OUT sessions bigint[], OUT sequences bigint[])
LANGUAGE plpgsql AS $$
DECLARE
  v_cells bytea[];
  v_row bytea;
  v_at integer;
  v_transaction xid8;
  r record;
BEGIN
  PERFORM CASE WHEN l.exclusive THEN pg_advisory_xact_lock(l.id) ELSE pg_advisory_xact_lock_shared(l.id) END
    FROM unnest(p_locks, p_exclusive) AS l(id, exclusive);

  SELECT array_agg(k.kind), array_agg(k.partition), array_agg(k.name),
         array_agg(e.value), array_agg(e.session), array_agg(e.sequence)
    INTO kinds, partitions, names, vals, sessions, sequences
    FROM unnest(p_check_kinds, p_check_partitions, p_check_names, p_check_sessions, p_check_sequences)
           AS k(kind, partition, name, session, sequence)
    LEFT JOIN ${schema}.entry e ON e.partition = k.partition AND e.name = k.name
   WHERE CASE k.kind
           WHEN 'a' THEN e.name IS NOT NULL
           WHEN 'x' THEN e.name IS NULL
           WHEN 's' THEN e.name IS NULL OR e.session <> k.session OR e.sequence <> k.sequence
           ELSE e.name IS NULL OR length(e.value) <> 16
                OR substring(e.value FROM 1 FOR 8) <> int8send(k.sequence - 1)
         END;

  IF kinds IS NOT NULL THEN
    v_at := array_position(kinds, 't');
    IF v_at IS NOT NULL THEN
      v_row := vals[v_at];
      vals := ARRAY[v_row];
      IF v_row IS NULL THEN
        code := 2;
      ELSIF length(v_row) <> 16 THEN
        code := 5;
      ELSIF v_row = int8send(p_check_sequences[array_position(p_check_kinds, 't')]) || int8send(p_sequence) THEN
        -- Applied before, perhaps without having reached the disk.
        IF p_durable THEN
          PERFORM set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'leat', '');
        END IF;
        code := 1;
      ELSE
        code := 4;
      END IF;
      RETURN;
    END IF;
  END IF;

  IF cardinality(p_empty_partitions) > 0 THEN
    FOR r IN
      SELECT e.* FROM unnest(p_empty_partitions, p_empty_starts, p_empty_ends) AS k(partition, first, last)
       CROSS JOIN LATERAL (SELECT * FROM ${schema}.entry
                            WHERE partition = k.partition AND name >= k.first AND name < k.last
                            ORDER BY name LIMIT 1) e
    LOOP
      kinds := kinds || 'e'::text;
      partitions := partitions || ARRAY[r.partition];
      names := names || ARRAY[r.name];
      vals := vals || ARRAY[r.value];
      sessions := sessions || r.session;
      sequences := sequences || r.sequence;
    END LOOP;
  END IF;

  IF cardinality(p_merge_partitions) > 0 THEN
    SELECT array_agg(${schema}.merged(e.value, k.delta, k.bounds) ORDER BY k.i)
      INTO v_cells
      FROM unnest(p_merge_partitions, p_merge_names, p_merge_deltas, p_merge_bounds)
             WITH ORDINALITY AS k(partition, name, delta, bounds, i)
      LEFT JOIN ${schema}.entry e ON e.partition = k.partition AND e.name = k.name;
    IF array_position(v_cells, NULL) IS NOT NULL THEN
      FOR r IN
        SELECT k.partition, k.name, e.value, e.session, e.sequence
          FROM unnest(p_merge_partitions, p_merge_names, v_cells) AS k(partition, name, cell)
          LEFT JOIN ${schema}.entry e ON e.partition = k.partition AND e.name = k.name
         WHERE k.cell IS NULL
      LOOP
        kinds := kinds || 'm'::text;
        partitions := partitions || ARRAY[r.partition];
        names := names || ARRAY[r.name];
        vals := vals || ARRAY[r.value];
        sessions := sessions || r.session;
        sequences := sequences || r.sequence;
      END LOOP;
    END IF;
  END IF;

  IF kinds IS NOT NULL THEN
    code := 3;
    RETURN;
  END IF;

  IF cardinality(p_delete_partitions) > 0 THEN
    DELETE FROM ${schema}.entry e
     USING unnest(p_delete_partitions, p_delete_names) AS k(partition, name)
     WHERE e.partition = k.partition AND e.name = k.name;
  END IF;
  INSERT INTO ${schema}.entry AS e (partition, name, value, session, sequence)
    SELECT k.partition, k.name, k.value, p_session, p_sequence
      FROM unnest(p_put_partitions || p_merge_partitions, p_put_names || p_merge_names, p_put_values || v_cells)
             AS k(partition, name, value)
    ON CONFLICT (partition, name) DO UPDATE
      SET value = excluded.value, session = excluded.session, sequence = excluded.sequence;
  IF p_event IS NOT NULL THEN
    -- Numbered under the locks: commits that share a key are numbered in the order in which they take effect. The
    -- transaction's id is older than the number, so a reader can tell when no number below one of its own can come.
    v_transaction := pg_current_xact_id();
    INSERT INTO ${schema}.feed (session, sequence, keys) VALUES (p_session, p_sequence, p_event);
  END IF;
  IF p_durable THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  code := 1;
END
$$;

-- Deletes all but the last events.
CREATE FUNCTION ${schema}.trim(p_keep bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_until bigint;
BEGIN
  SELECT max(id) - p_keep INTO v_until FROM ${schema}.feed;
  IF v_until > 0 THEN
    UPDATE ${schema}.volume SET trimmed = v_until WHERE trimmed < v_until;
    IF FOUND THEN
      DELETE FROM ${schema}.feed WHERE id <= v_until;
    END IF;
  END IF;
END
$$;
