import type { IncomingMessage } from "node:http";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { invalid } from "@fleetlog/domain";
import { listImports, readImportCredentials, reportOfImport, startImport } from "@fleetlog/fleet";
import {
  ImportBody,
  ImportCredentials,
  ImportFailure,
  ImportList,
  ImportQuery,
  ImportReport,
  ImportStartedAnswer,
  ImportSummary,
} from "@fleetlog/protocol";
import { changedNumber } from "@fleetlog/runtime";
import type { FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { Admission } from "../../../sessions/login/admission.ts";
import type { HttpContext } from "../../context.ts";
import { sendCsv, wantsCsv } from "../../csv/csv.ts";
import { NoQuery } from "../../input/no-query.ts";
import { callerOf } from "../caller.ts";
import type { HttpResource } from "../resource.ts";
import { unpaged } from "../unpaged.ts";
import { IMPORT_EXAMPLES } from "./examples.ts";
import { csvRows, MAX_BYTES } from "./rows.ts";

const tags = ["imports"];
const ById = Type.Object({ id: Type.String({ description: "From `POST /api/imports`" }) });
/** Limits concurrent reads, because a JSON body is in memory as a whole. */
const READS = { concurrent: 2, waiting: 16 };
const CREDENTIAL_COLUMNS = ["row", "id", "token", "clientId", "userName", "password", "activationKey"] as const;

export const imports: HttpResource = {
  tag: "imports",
  description: "Many devices or provision requests from one file. For operators, owners and administrators",
  schemas: {
    Import: ImportBody,
    ImportStarted: ImportStartedAnswer,
    ImportSummary,
    ImportFailure,
    ImportReport,
    ImportList,
    ImportCredentials,
  },
  examples: IMPORT_EXAMPLES,
  prefix: "/api",
  routes: importRoutes,
};

function importRoutes({ fleet }: HttpContext): FastifyPluginAsyncTypebox {
  const reads = new Admission(READS, "too many files are imported at the same time");
  return async (app) => {
    app.addContentTypeParser("text/csv", (_request, payload, done) => done(null, payload));

    app.post(
      "/imports",
      {
        config: { action: "import.create", idempotent: true },
        bodyLimit: MAX_BYTES,
        schema: {
          operationId: "startImport",
          summary: "Import devices or provision requests",
          description:
            "CSV (RFC 4180, UTF-8, with a header line) or JSON, at most 50,000 rows. Columns of devices: `id`, `name`, `tags` " +
            "(separated by spaces, commas or semicolons), `type`, `claimCode`. With a `template`, each row makes a provision request: these " +
            "columns describe its device, and other columns, such as `clientId`, go into the template. A row is " +
            "created as a whole or not at all, even if a gateway ends meanwhile: the import then goes on. Reports are kept for seven days.",
          tags,
          querystring: ImportQuery,
          body: {
            content: {
              "application/json": { schema: ImportBody },
              "text/csv": { schema: Type.Unsafe<unknown>({ description: "A header line, and a line for each row" }) },
            },
          },
          response: { 202: ImportStartedAnswer },
          problems: ["account-unknown", "unavailable", "log-full"],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const started = await reads.run(() => startImport(fleet, callerOf(request), importIn(request)));
        return reply.status(202).header("location", `/api/imports/${started.id}`).send(started);
      },
    );

    app.get(
      "/imports",
      {
        config: { action: "import.read" },
        schema: {
          operationId: "listImports",
          summary: "Imports of the last seven days",
          tags,
          querystring: NoQuery,
          response: { 200: ImportList },
          problems: [],
        },
      },
      async (request) => unpaged(await listImports(fleet, callerOf(request))),
    );

    app.get(
      "/imports/:id",
      {
        config: { action: "import.read" },
        schema: {
          operationId: "getImport",
          summary: "An import's progress, with the rows that failed and why",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: ImportReport },
          problems: ["import-unknown"],
        },
      },
      (request) => reportOfImport(fleet, callerOf(request), request.params.id),
    );

    app.get(
      "/imports/:id/credentials",
      {
        config: { action: "import.create" },
        exposeHeadRoute: false,
        schema: {
          operationId: "readImportCredentials",
          summary: "The credentials of the created devices or requests, once",
          description: "JSON, or CSV with `Accept: text/csv`. Nobody can read the credentials a second time.",
          tags,
          params: ById,
          querystring: NoQuery,
          response: {
            200: {
              content: {
                "application/json": { schema: ImportCredentials },
                "text/csv": { schema: Type.Unsafe<unknown>({ type: "string", description: "A line for each row" }) },
              },
            },
          },
          problems: ["import-unknown", "credentials-gone", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const parts = await readImportCredentials(fleet, callerOf(request), request.params.id);
        reply.header("vary", "accept");
        if (wantsCsv(request.headers.accept)) return sendCsv(reply, "credentials.csv", CREDENTIAL_COLUMNS, csv(parts));
        const items: ImportCredentials["items"] = [];
        for await (const part of parts) items.push(...part);
        // Bytes are not compressed, because the compressed size could reveal a secret (BREACH).
        return reply.type("application/json").send(Buffer.from(JSON.stringify({ items })));
      },
    );
  };
}

async function* csv(parts: AsyncIterable<ImportCredentials["items"]>) {
  for await (const part of parts) yield part.map((item) => CREDENTIAL_COLUMNS.map((column) => item[column]));
}

function importIn(request: FastifyRequest) {
  const { dryRun, account, template } = request.query as Static<typeof ImportQuery>;
  const isCsv = /^text\/csv\b/i.test(request.headers["content-type"] ?? "");
  if (isCsv) return { dryRun, account, template: templateIn(template), rows: csvRows(request.body as IncomingMessage) };
  const body = request.body as Static<typeof ImportBody>;
  return { dryRun, account: body.account ?? account, template: body.template ?? templateIn(template), rows: body.rows };
}

/** @throws FleetError `invalid-request` naming `template` */
function templateIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  const found = jsonIn(text);
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw invalid("template", "template must be a JSON object");
  const changed = changedNumber(text, "template");
  if (changed !== undefined) throw invalid("template", changed.message);
  return found as Record<string, unknown>;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
