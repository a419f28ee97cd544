import { isUtf8 } from "node:buffer";
import { FleetError, invalid } from "@fleetlog/domain";
import type { FastifyInstance } from "fastify";

/** Bodies are JSON in UTF-8, whole and as it is; everything else is said to be what it is. */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  // Nothing here is plain text; sent as that, it is an unsupported media type and not a body that is wrong.
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    // Many clients name the type of a body that they do not send, with DELETE above all: that is no body (RFC 9110, 9.3.5).
    if (bytes.length === 0) {
      done(null, null);
      return;
    }
    // As text, bad bytes would be replaced and taken as if they had been sent.
    if (!isUtf8(bytes)) {
      done(invalid("body", "the body is not UTF-8"));
      return;
    }
    const text = bytes.toString("utf8");
    void parse(request, text, (error, value) => {
      if (error !== null) done(notJson(text));
      else if (HALF_PAIR.test(text) && !isText(value)) done(notText(value));
      else done(null, value);
    });
  });
  app.addHook("preParsing", async ({ headers }) => {
    const coding = headers["content-encoding"];
    if (coding === undefined || coding.toLowerCase() === "identity") return;
    throw new FleetError("unsupported-media-type", `a body in the coding ${coding.slice(0, 32)} is not taken`, {
      field: "content-encoding",
      advice: "Send it as it is, without Content-Encoding.",
    });
  });
}

/** An escape of half a surrogate pair, which may have its other half beside it. */
const HALF_PAIR = /\\u[dD][89a-fA-F]/;

/** Half a pair has no bytes (RFC 7493, 2.1): it would not be found again as what it was. */
function isText(value: unknown): boolean {
  // Not by recursion: it may be nested deeper than the stack.
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

/** Where it ceases to be JSON, never what stands there: it may be a secret, and errors are logged. */
function notJson(text: string): FleetError {
  try {
    JSON.parse(text);
  } catch (error) {
    const [, why, where] =
      /^(.*) in JSON at position \d+ \((line \d+ column \d+)\)$/.exec(String((error as Error).message)) ?? [];
    return invalid("body", why === undefined ? "the body is not JSON" : `the body is not JSON: ${why} at ${where}`);
  }
  return invalid("body", "the body names __proto__ or constructor.prototype, which is refused");
}
