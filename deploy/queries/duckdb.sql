-- Queries for DuckDB over a report as JSON Lines: qasleaks merge DIR --format jsonl --output all.jsonl

CREATE OR REPLACE VIEW places AS
SELECT DISTINCT finding.fingerprint, finding.key.tenantId AS tenant, finding.key.keyId AS key_id,
       finding.liveness.state AS liveness, place.repository AS repository
FROM (
  SELECT finding, unnest(finding.occurrences) AS place
  FROM read_ndjson('all.jsonl', columns = {finding: 'STRUCT(
    fingerprint VARCHAR, severity VARCHAR, "key" STRUCT(tenantId VARCHAR, keyId VARCHAR), liveness STRUCT(state VARCHAR),
    suppressed JSON, occurrences STRUCT(repository VARCHAR, path VARCHAR, suppressed JSON)[])'})
  WHERE finding."key" IS NOT NULL AND coalesce(CAST(finding.suppressed AS VARCHAR), 'null') = 'null'
)
WHERE coalesce(CAST(place.suppressed AS VARCHAR), 'null') = 'null';

-- Live keys by repository.
SELECT repository, count(*) AS live_keys
FROM places WHERE liveness IN ('live', 'restricted') GROUP BY repository ORDER BY live_keys DESC, repository;

-- Keys in several repositories.
SELECT tenant, key_id, count(DISTINCT repository) AS repositories, string_agg(DISTINCT repository, ' ' ORDER BY repository) AS names
FROM places WHERE repository IS NOT NULL GROUP BY tenant, key_id HAVING count(DISTINCT repository) > 1 ORDER BY repositories DESC, key_id;
