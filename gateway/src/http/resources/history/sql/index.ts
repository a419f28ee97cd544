import { Readable } from "node:stream";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { runSql, type SqlAnswer } from "@fleetlog/fleet";
import { readableCategories } from "@fleetlog/identity";
import {
  QueryHistory,
  QueryResult,
  QuerySchemaResource,
  SQL_AS_OF,
  SQL_TABLES,
  type SqlFormat,
} from "@fleetlog/protocol";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { personOf, scopeFor } from "../../../access/authorize.ts";
import { onceClosed, untilClosed } from "../../../closed.ts";
import type { HttpContext } from "../../../context.ts";
import { holderOf, Places } from "../../../transfers/places.ts";
import type { HttpResource } from "../../resource.ts";
import { momentFrom } from "../moment.ts";
import { SQL_EXAMPLES } from "./examples.ts";
import { formatFor, MEDIA_TYPES } from "./formats.ts";

const tags = ["history"];
const LIMIT = 10_000;
/**
 * Maximum number of this gateway's queries that run, wait for a historian, or whose answers are being sent. One person
 * may have at most half of them.
 */
const QUERIES = 16;

export const historySql: HttpResource = {
  tag: "history",
  schemas: { QueryHistory, QueryResult, QuerySchema: QuerySchemaResource },
  examples: SQL_EXAMPLES,
  prefix: "/api",
  routes: sqlRoutes,
};

function sqlRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  const places = new Places("queries", QUERIES);
  return async (app) => {
    app.post(
      "/history/query",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "queryHistory",
          summary: "SQL over the history",
          description:
            "One SELECT of DuckDB, over the tables of `GET /api/history/query/schema`. It finds what the caller may see " +
            "today. A query that takes too long, or needs too much memory, is ended. If the client closes the connection, " +
            "the query ends too. A person can have at most eight queries at a time. CSV and Parquet have the header `Fleetlog-Truncated: true` if there are more rows.",
          tags,
          body: QueryHistory,
          response: {
            200: {
              content: {
                "application/json": { schema: QueryResult },
                "text/csv": {
                  schema: Type.Unsafe<unknown>({ type: "string", description: "A line for each row (RFC 4180)" }),
                },
                "application/vnd.apache.parquet": {
                  schema: Type.Unsafe<unknown>({ type: "string", format: "binary" }),
                },
              },
            },
          },
          problems: ["query-limit", "history-unavailable", "unavailable"],
        },
      },
      async (request, reply) => {
        onceClosed(reply.raw, places.take(holderOf(personOf(request))));
        const { sql, limit = LIMIT, at } = request.body;
        const format = formatFor(request.headers.accept);
        const asked = {
          sql,
          limit,
          format,
          ...(at !== undefined && { at: momentFrom(at) }),
          scope: scopeFor(request),
          categories: readableCategories(personOf(request)),
        };
        const answer = await runSql(fleet.history, asked, untilClosed(reply.raw));
        return send(reply, format, answer);
      },
    );

    app.get(
      "/history/query/schema",
      {
        config: { action: "history.read" },
        schema: {
          operationId: "getQuerySchema",
          summary: "The tables of the history's SQL",
          tags,
          response: { 200: QuerySchemaResource },
        },
      },
      async () => ({
        tables: SQL_TABLES.map((table) => ({ ...table, columns: [...table.columns] })),
        functions: [...SQL_AS_OF],
      }),
    );
  };
}

function send(reply: FastifyReply, format: SqlFormat, { head, rows }: SqlAnswer): FastifyReply {
  reply.header("content-type", MEDIA_TYPES[format]).header("vary", "accept");
  if (format !== "json") {
    reply.header("content-disposition", `attachment; filename="query.${format}"`);
    reply.header("fleetlog-truncated", String(head.truncated));
    if (head.missing !== undefined) reply.header("fleetlog-missing-telemetry", rangesOf(head.missing));
  }
  return reply.send(Readable.from(contentOf(format, { head, rows }), { objectMode: false }));
}

async function* contentOf(format: SqlFormat, { head, rows }: SqlAnswer): AsyncGenerator<string | Buffer> {
  if (format === "json") yield `{"columns":${JSON.stringify(head.columns)},"rows":`;
  for await (const part of rows) {
    if (part !== "") yield format === "parquet" ? Buffer.from(part, "base64") : part;
  }
  if (format !== "json") return;
  yield `,"truncated":${head.truncated}`;
  yield head.missing === undefined ? "}" : `,"missing":${JSON.stringify(head.missing)}}`;
}

/** Sequences, such as `65537-131072, 196609-262144`. */
function rangesOf({ ranges }: NonNullable<SqlAnswer["head"]["missing"]>): string {
  return ranges.map(({ from, to }) => `${from}-${to}`).join(", ");
}
