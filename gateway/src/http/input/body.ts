import { isUtf8 } from "node:buffer";
import { FleetError, invalid } from "@fleetlog/domain";
import { changedNumber } from "@fleetlog/runtime";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isDeeperThan } from "../../rpc/depth.ts";

/** Maximum depth of a body: deeper bodies could overflow the stack. */
const MAX_DEPTH = 300;

export function parseJsonBodies(app: FastifyInstance): void {
  // Without this, plain text would be an invalid body instead of an unsupported media type.
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, jsonParser(app));
  app.addHook("preParsing", async ({ headers }) => {
    const coding = headers["content-encoding"];
    if (coding === undefined || coding.toLowerCase() === "identity") return;
    throw new FleetError("unsupported-media-type", `the content coding ${coding.slice(0, 32)} is not supported`, {
      field: "content-encoding",
      advice: "Send the body without Content-Encoding.",
    });
  });
}

type BodyParser = (request: FastifyRequest, bytes: Buffer, done: (error: Error | null, body?: unknown) => void) => void;

export function jsonParser(app: FastifyInstance): BodyParser {
  const parse = app.getDefaultJsonParser("error", "error");
  return (request, bytes, done) => {
    // Many clients send Content-Type without a body (RFC 9110, 9.3.5), above all with DELETE.
    if (bytes.length === 0) {
      done(null, null);
      return;
    }
    if (!isUtf8(bytes)) {
      done(invalid("body", "the body is not UTF-8"));
      return;
    }
    const text = bytes.toString("utf8");
    void parse(request, text, (error, value) => {
      if (error !== null) done(parseFailure(text));
      else if (bytes.length > MAX_DEPTH && isDeeperThan(value, MAX_DEPTH)) {
        done(invalid("body", `the body is nested deeper than ${MAX_DEPTH} levels`));
      } else if (SURROGATE_ESCAPE.test(text) && !isText(value)) done(notText(value));
      else {
        const changed = changedNumber(text, "body");
        if (changed === undefined) done(null, value);
        else done(invalid(changed.path || "body", changed.message));
      }
    });
  };
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** False if a text has an unpaired surrogate, which UTF-8 can't encode (RFC 7493, 2.1). */
function isText(value: unknown): boolean {
  const parts = [value];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (typeof part === "string" && !part.isWellFormed()) return false;
    if (typeof part === "object" && part !== null) for (const pair of Object.entries(part)) parts.push(...pair);
  }
  return true;
}

function notText(value: unknown): FleetError {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const field = members.find(([name, inner]) => name.isWellFormed() && !isText(inner))?.[0] ?? "body";
  return invalid(field, `${field} holds text that is not Unicode`);
}

/** The error names the position of the fault, but not the text at this position, which may be a secret. */
function parseFailure(text: string): FleetError {
  try {
    JSON.parse(text);
  } catch (error) {
    const [, reason, position] =
      /^(.*) in JSON at position \d+ \((line \d+ column \d+)\)$/.exec(String((error as Error).message)) ?? [];
    return invalid(
      "body",
      reason === undefined ? "the body is not JSON" : `the body is not JSON: ${reason} at ${position}`,
    );
  }
  // Fastify's parser refuses JSON only for a key that could change a prototype.
  return invalid("body", "the body names __proto__ or constructor.prototype, which is not allowed");
}
