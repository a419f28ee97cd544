import type { ErrorCode } from "@fleetlog/domain";
import type { FastifyRequest } from "fastify";
import type { Refuse } from "../problems/problems.ts";
import { COMMON_CODES, codesOf, routeInfoOf } from "./operations.ts";

/** Calls `missing` for each problem that the API's description lacks for the request's route, before the answer. */
export function withDescribedProblems(
  answer: Refuse,
  missing: (request: FastifyRequest, code: ErrorCode) => void,
): Refuse {
  return (error, request, reply) => {
    if (!isDescribed(request, error.code)) missing(request, error.code);
    return answer(error, request, reply);
  };
}

/**
 * Whether the API's description has the problem. Also true for a request without a route, or with a route outside the
 * API.
 */
function isDescribed({ method, routeOptions: { url, schema } }: FastifyRequest, code: ErrorCode): boolean {
  if (url === undefined || schema === undefined || schema.hide === true || COMMON_CODES.includes(code)) return true;
  return codesOf(routeInfoOf(method, schema)).has(code);
}
