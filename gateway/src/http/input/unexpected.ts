import { FleetError, invalid } from "@fleetlog/domain";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { headerName } from "./header-name.ts";

/** Headers of conditional requests (RFC 9110, 13.1). */
const CONDITIONS = ["if-match", "if-none-match", "if-unmodified-since"] as const;
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** A body or condition that the route does not use is refused, not ignored: its sender expects an effect. */
export function refuseUnexpected(app: FastifyInstance): void {
  app.addHook("preValidation", async (request) => {
    if (SAFE_METHODS.has(request.method) || request.is404) return;
    const condition = unsupportedCondition(request);
    if (condition !== undefined) {
      throw new FleetError("invalid-request", `${condition} is not supported here`, {
        field: condition,
        advice: "Send the request without it.",
      });
    }
    const { schema } = request.routeOptions;
    if (schema?.body === undefined && !isEmpty(request.body)) throw invalid("body", "this request takes no body");
  });
}

function unsupportedCondition({ headers, routeOptions: { schema } }: FastifyRequest): string | undefined {
  const known = (schema?.headers as { readonly properties?: object } | undefined)?.properties ?? {};
  const found = CONDITIONS.find((name) => headers[name] !== undefined && !(name in known));
  return found && headerName(found);
}

function isEmpty(body: unknown): boolean {
  return body == null || (typeof body === "object" && Object.keys(body).length === 0);
}
