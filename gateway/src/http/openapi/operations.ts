import { STATUS_CODES } from "node:http";
import { ERROR_CODES, type ErrorCode } from "@fleetlog/domain";
import { PROBLEM_MEDIA_TYPE, WIRE_ERRORS } from "@fleetlog/protocol";
import type { OpenAPIV3_1 } from "openapi-types";

type Operation = OpenAPIV3_1.OperationObject;
type Response = OpenAPIV3_1.ResponseObject;

/** What is known of a route beside what its schemas say. */
export interface Asked {
  readonly method: string;
  readonly problems: readonly ErrorCode[];
  readonly locates: boolean;
  /** To everybody, without a token. */
  readonly open: boolean;
}

/** Of devices' connections alone. */
const NEVER_BY_HTTP: ReadonlySet<ErrorCode> = new Set(["session-superseded"]);

/** Every code that the API answers. */
export const API_CODES = ERROR_CODES.filter((code) => !NEVER_BY_HTTP.has(code));

/** Of any request, and no fault of the operation that was asked for. */
const OF_ANY: readonly ErrorCode[] = [
  "not-found",
  "method-not-allowed",
  "upgrade-required",
  "request-timeout",
  "headers-too-large",
  "unavailable",
  "internal",
];

const SAFE = new Set(["GET", "HEAD"]);

const text = (description: string): OpenAPIV3_1.HeaderObject => ({ description, schema: { type: "string" } });
const headers = {
  Accept: text("The media types that are taken"),
  Location: text("Where it is found from now on"),
  "Retry-After": { description: "Seconds after which to try again", schema: { type: "integer" } },
  "WWW-Authenticate": text("How to authenticate, and with `error` why what was shown does not do (RFC 6750)"),
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

const OTHER = "other-problem";

export const COMMON = {
  headers,
  responses: {
    [OTHER]: {
      ...problemResponse(OF_ANY, []),
      description: "What may be answered to any request, whatever it asks for",
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

/** Completes an operation's answers: headers of what is good, and by status whatever is refused, with its codes. */
export function answersTo(operation: Operation, asked: Asked, shared: Record<string, Response>): void {
  const responses = (operation.responses ?? {}) as Record<string, Response | OpenAPIV3_1.ReferenceObject>;
  for (const [status, response] of Object.entries(responses) as [string, Response][]) {
    response.description = STATUS_CODES[status] ?? status;
    const locates = asked.locates && Number(status) < 300;
    response.headers = refer(["X-Correlation-Id", ...(locates ? (["Location"] as const) : [])]);
  }
  for (const [status, codes] of byStatus(codesOf(asked))) {
    // Where the operation has an answer of its own for it.
    if (responses[status] !== undefined) continue;
    const name = codes.join(".");
    shared[name] ??= problemResponse(codes, HEADERS_OF[status] ?? []);
    responses[status] = { $ref: `#/components/responses/${name}` };
  }
  responses.default = { $ref: `#/components/responses/${OTHER}` };
  operation.responses = responses;
  for (const parameter of (operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[]) complete(parameter);
}

function codesOf({ method, problems, open }: Asked): ReadonlySet<ErrorCode> {
  const codes = new Set<ErrorCode>(["invalid-request", ...problems]);
  // Tokens are kept beside the log.
  if (!open) for (const code of ["unauthenticated", "rate-limited", "log-unavailable"] as const) codes.add(code);
  if (SAFE.has(method)) return codes;
  for (const code of ["payload-too-large", "unsupported-media-type"] as const) codes.add(code);
  return open ? codes : codes.add("forbidden");
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
    headers: refer(["X-Correlation-Id", ...more]),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: {
          allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: [...codes] } } }],
        },
      },
    },
  };
}

function refer(names: readonly HeaderName[]): Record<string, OpenAPIV3_1.ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function complete(parameter: OpenAPIV3_1.ParameterObject): void {
  const { type } = (parameter.schema ?? {}) as OpenAPIV3_1.SchemaObject;
  // `a,b`; the same name again is understood too.
  if (parameter.in === "query" && type === "array") Object.assign(parameter, { style: "form", explode: false });
  if (parameter.in === "header")
    parameter.name = parameter.name.replaceAll(/(?:^|-)[a-z]/g, (one) => one.toUpperCase());
}
