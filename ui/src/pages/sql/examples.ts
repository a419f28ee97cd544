export interface NamedQuery {
  readonly name: string;
  readonly sql: string;
}

/** From the manual, `services/protocol/docs/history-sql.md`. */
export const EXAMPLES: readonly NamedQuery[] = [
  {
    name: "Events by type",
    sql: "SELECT type, count(*) AS events\nFROM events\nGROUP BY type\nORDER BY events DESC",
  },
  {
    name: "Disconnects in each hour of the last week",
    sql: `SELECT time_bucket(INTERVAL 1 HOUR, time) AS hour, count(*) AS disconnects
FROM events
WHERE type = 'SessionClosed' AND time > now() - INTERVAL 7 DAY
GROUP BY hour
ORDER BY hour`,
  },
  {
    name: "Devices disconnected yesterday at this time, by model",
    sql: `SELECT coalesce(d.model, 'unknown') AS model, count(*) AS devices
FROM devices_asof(now() - INTERVAL 1 DAY) d
JOIN status_asof(now() - INTERVAL 1 DAY) s ON s.device = d.id
WHERE s.status = 'disconnected'
GROUP BY 1
ORDER BY devices DESC`,
  },
  {
    name: "The longest time for which each device was disconnected",
    sql: `SELECT v.device, max(epoch(n.time - v.time)) AS seconds
FROM status_versions v
JOIN events n ON n.seq = v."untilSeq"
WHERE v.status = 'disconnected'
GROUP BY v.device
ORDER BY seconds DESC`,
  },
  {
    name: "Commands that failed, by name",
    sql: `SELECT name, count(*) FILTER (state = 'failed') AS failed, count(*) AS commands
FROM commands
GROUP BY name
ORDER BY failed DESC, name`,
  },
];
