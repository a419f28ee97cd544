import { SQL_AS_OF, SQL_TABLES } from "@fleetlog/protocol";

export const SQL_EXAMPLES = {
  QueryHistory: { sql: "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY n DESC", limit: 100 },
  QueryResult: {
    columns: [
      { name: "type", type: "VARCHAR" },
      { name: "n", type: "BIGINT" },
    ],
    rows: [
      ["SessionOpened", 812],
      ["DeviceRegistered", 40],
    ],
    truncated: false,
  },
  QuerySchema: { tables: SQL_TABLES.slice(0, 1), functions: SQL_AS_OF },
};
