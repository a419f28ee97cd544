import { STATUS_CODES } from "node:http";
import { ERROR_CODES, type ErrorCode } from "@fleetlog/domain";
import { PROBLEM_MEDIA_TYPE, WIRE_ERRORS } from "@fleetlog/protocol";
import type { FastifySchema } from "fastify";
import type { OpenAPIV3_1 } from "openapi-types";

type Operation = OpenAPIV3_1.OperationObject;
type Response = OpenAPIV3_1.ResponseObject;

/** Properties of a route outside of its schemas. */
export interface RouteInfo {
  readonly method: string;
  readonly problems: readonly ErrorCode[];
  readonly hasLocation: boolean;
  readonly hasEtag: boolean;
  readonly open: boolean;
}

export function routeInfoOf(method: string, schema: FastifySchema | undefined): RouteInfo {
  return {
    method,
    problems: schema?.problems ?? [],
    hasLocation: schema?.hasLocation === true,
    hasEtag: schema?.hasEtag === true,
    open: schema?.security?.length === 0,
  };
}

/** Codes for devices' connections only. */
const NOT_HTTP: ReadonlySet<ErrorCode> = new Set(["session-superseded"]);

export const API_CODES = ERROR_CODES.filter((code) => !NOT_HTTP.has(code));

export const COMMON_CODES: readonly ErrorCode[] = [
  "not-found",
  "method-not-allowed",
  "upgrade-required",
  "request-timeout",
  "headers-too-large",
  "unavailable",
  "internal",
];

const SAFE_METHODS = new Set(["GET", "HEAD"]);

const text = (description: string): OpenAPIV3_1.HeaderObject => ({ description, schema: { type: "string" } });
const headers = {
  Accept: text("The supported media types"),
  ETag: text("Revision of the properties that can be changed; send it as `If-Match`"),
  Location: text("Path of the new resource"),
  "Retry-After": { description: "Seconds after which to try again", schema: { type: "integer" } },
  "WWW-Authenticate": text("How to authenticate; `error` says why the given token was refused (RFC 6750)"),
  "X-Correlation-Id": text("The caller's, or a new one"),
} satisfies Record<string, OpenAPIV3_1.HeaderObject>;
type HeaderName = keyof typeof headers;

const HEADERS_OF: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ["WWW-Authenticate"],
  403: ["WWW-Authenticate"],
  415: ["Accept"],
  429: ["Retry-After"],
  503: ["Retry-After"],
};

const OTHER_PROBLEM = "other-problem";

export const COMMON = {
  headers,
  responses: {
    [OTHER_PROBLEM]: {
      ...problemResponse(COMMON_CODES, []),
      description: "Errors that any request may get",
    },
  },
} as const;

export function* operationsOf({ paths = {} }: OpenAPIV3_1.Document): Generator<{ key: string; operation: Operation }> {
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item ?? {})) {
      yield { key: `${method.toUpperCase()} ${path}`, operation: operation as Operation };
    }
  }
}

export function describeResponses(operation: Operation, route: RouteInfo, shared: Record<string, Response>): void {
  const responses = (operation.responses ?? {}) as Record<string, Response | OpenAPIV3_1.ReferenceObject>;
  for (const [status, response] of Object.entries(responses) as [string, Response][]) {
    response.description = STATUS_CODES[status] ?? status;
    const more: HeaderName[] = [];
    if (route.hasLocation && Number(status) < 300) more.push("Location");
    if (route.hasEtag && Number(status) < 300) more.push("ETag");
    response.headers = headerReferences(["X-Correlation-Id", ...more]);
  }
  for (const [status, codes] of byStatus(codesOf(route))) {
    if (responses[status] !== undefined) continue;
    const name = codes.join(".");
    shared[name] ??= problemResponse(codes, HEADERS_OF[status] ?? []);
    responses[status] = { $ref: `#/components/responses/${name}` };
  }
  responses.default = { $ref: `#/components/responses/${OTHER_PROBLEM}` };
  operation.responses = responses;
  completeBody(operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined);
  for (const parameter of (operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[]) completeParameter(parameter);
}

/**
 * Problems of every call that needs a token. The token is checked in the log's key-value store. The views are queried
 * for what a limited caller may see, for an account's limits, and more.
 */
const OF_CALLERS = [
  ...(["unauthenticated", "forbidden", "rate-limited", "log-unavailable"] as const),
  ...(["view-unavailable", "view-behind"] as const),
];

export function codesOf({ method, problems, open }: RouteInfo): ReadonlySet<ErrorCode> {
  const codes = new Set<ErrorCode>(["invalid-request", ...problems, ...(open ? [] : OF_CALLERS)]);
  if (!SAFE_METHODS.has(method))
    for (const code of ["payload-too-large", "unsupported-media-type"] as const) codes.add(code);
  return codes;
}

function byStatus(codes: ReadonlySet<ErrorCode>): Map<number, ErrorCode[]> {
  const found = new Map<number, ErrorCode[]>();
  for (const code of API_CODES) {
    if (!codes.has(code)) continue;
    const { http } = WIRE_ERRORS[code];
    found.set(http, [...(found.get(http) ?? []), code]);
  }
  return found;
}

function problemResponse(codes: readonly ErrorCode[], more: readonly HeaderName[]): Response {
  return {
    description: codes.map((code) => `\`${code}\`: ${WIRE_ERRORS[code].title}`).join("; "),
    headers: headerReferences(["X-Correlation-Id", ...more]),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: {
          allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: [...codes] } } }],
        },
      },
    },
  };
}

function headerReferences(names: readonly HeaderName[]): Record<string, OpenAPIV3_1.ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Describes a body that may be null as optional: an empty body is read as null. */
function completeBody(body: OpenAPIV3_1.RequestBodyObject | undefined): void {
  for (const media of Object.values(body?.content ?? {})) {
    const { anyOf } = (media.schema ?? {}) as OpenAPIV3_1.SchemaObject;
    const [schema, ...others] = anyOf?.filter((form) => !("type" in form) || form.type !== "null") ?? [];
    if (body === undefined || schema === undefined || others.length > 0 || anyOf?.length !== 2) continue;
    body.required = false;
    media.schema = schema;
  }
}

function completeParameter(parameter: OpenAPIV3_1.ParameterObject): void {
  const { type } = (parameter.schema ?? {}) as OpenAPIV3_1.SchemaObject;
  // The form `a,b`. OpenAPI can't describe repeated parameters in addition.
  if (parameter.in === "query" && type === "array") Object.assign(parameter, { style: "form", explode: false });
  if (parameter.in === "header")
    parameter.name = parameter.name.replaceAll(/(?:^|-)[a-z]/g, (one) => one.toUpperCase());
}
