-- Queries for ClickHouse over a report as JSON Lines: clickhouse local --queries-file clickhouse.sql

-- Live keys by repository.
SELECT repository, uniqExact(fingerprint) AS live_keys
FROM (
  SELECT JSONExtractString(line, 'finding', 'fingerprint') AS fingerprint,
         arrayJoin(arrayDistinct(arrayMap(o -> JSONExtractString(o, 'repository'),
           arrayFilter(o -> JSONType(o, 'suppressed') = 'Null', JSONExtractArrayRaw(line, 'finding', 'occurrences'))))) AS repository
  FROM file('all.jsonl', LineAsString)
  WHERE JSONType(line, 'finding', 'suppressed') = 'Null' AND JSONType(line, 'finding', 'key') = 'Object'
    AND JSONExtractString(line, 'finding', 'liveness', 'state') IN ('live', 'restricted')
)
GROUP BY repository ORDER BY live_keys DESC, repository;

-- Keys in several repositories.
SELECT tenant, key_id, uniqExact(repository) AS repositories, arrayStringConcat(arraySort(groupUniqArray(repository)), ' ') AS names
FROM (
  SELECT JSONExtractString(line, 'finding', 'key', 'tenantId') AS tenant, JSONExtractString(line, 'finding', 'key', 'keyId') AS key_id,
         arrayJoin(arrayMap(o -> JSONExtractString(o, 'repository'),
           arrayFilter(o -> JSONType(o, 'suppressed') = 'Null' AND JSONType(o, 'repository') = 'String', JSONExtractArrayRaw(line, 'finding', 'occurrences')))) AS repository
  FROM file('all.jsonl', LineAsString)
  WHERE JSONType(line, 'finding', 'suppressed') = 'Null' AND JSONType(line, 'finding', 'key') = 'Object'
)
GROUP BY tenant, key_id HAVING repositories > 1 ORDER BY repositories DESC, key_id;
