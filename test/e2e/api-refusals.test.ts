import type { Problem } from "@fleetlog/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { KeptConnection } from "../support/kept-connection.ts";
import { type Stack, startStack } from "../support/stack.ts";

interface Parameter {
  readonly in: "query" | "path" | "header";
  readonly name: string;
  readonly required?: boolean;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly Schema[];
}
interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: { readonly allOf?: readonly CodeSchema[] } }>>;
}
interface CodeSchema {
  readonly properties?: { readonly code?: { readonly enum: readonly string[] } };
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

interface Attempt {
  readonly what: string;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly field: RegExp;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const LONG = "x".repeat(6_000);
const BAD_TEXTS = [
  "",
  "%",
  "%00",
  "%ff",
  "%ED%A0%80",
  "-1",
  "0",
  "1.5",
  "1e99",
  "NaN",
  "null",
  "a%20b",
  "%F0%9F%98%80",
  "..%2F..",
  "*",
  "__proto__",
  "f1t",
  "999999999999999999",
  LONG,
];
const BAD_VALUES = [
  null,
  0,
  -1,
  1.5,
  1e300,
  true,
  "",
  " ",
  "a b",
  "\u0000",
  "\ud800",
  "😀",
  "__proto__",
  LONG,
  [],
  [null],
  [[]],
  {},
  { a: {} },
];
const BAD_BODIES = [
  "",
  "{",
  "null",
  "7",
  '"x"',
  "[]",
  "{}",
  '{"__proto__":{}}',
  '{"id":1,"id":2}',
  "[".repeat(20_000),
  '{"zzz":1}',
];

/** Valid values, so that each request has a single fault. */
const GOOD_PATH: Readonly<Record<string, string>> = {
  id: "d1",
  name: "x",
  version: "1",
  revision: "1",
  serial: "1",
  device: "d1",
  query: "commands.list",
  fingerprint: "0".repeat(64),
};
const GOOD_QUERY: Readonly<Record<string, string>> = {
  ...{ account: "main", for: "d1", expires: "1", signature: "x" },
  ...{ at: "1", from: "1" },
};
const GOOD_BODY: Readonly<Record<string, unknown>> = {
  id: "d2",
  name: "x",
  dialect: "edgebind",
  address: "192.0.2.9",
  values: {},
  rows: [{ id: "d3" }],
  filter: {},
  email: "new@example.com",
  role: "viewer",
  password: "correct horse battery staple",
  newPassword: "correct horse battery staple",
  code: "ABCDEFGH",
  refreshToken: "x",
  expiresAt: "2099-01-01T00:00:00Z",
  clientId: "c1",
  userName: "u1",
  device: {},
  quota: 1,
  enabled: false,
  count: 1,
  list: "x",
  credential: { id: "x", rawId: "x", type: "public-key", response: { clientDataJSON: "x", attestationObject: "x" } },
};

const GOOD_BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "/api/devices/batch": { devices: [{ id: "d4" }] },
  "/api/channels/{id}": { kind: "email", to: ["duty@example.org"] },
  "/api/scans": { to: { filter: {} } },
  "/api/history/incidents": { from: 1, to: 2, devices: ["d1"] },
  "/api/history/replays": { from: 1, to: 2, speed: 60, device: "d1" },
  "/api/history/query": { sql: "SELECT 1" },
  "/api/history/trials": { presence: { lease: "60s" }, device: undefined },
};

let stack: Stack;
let description: Description;
let command = "";
let authority: Readonly<Record<string, unknown>> = {};
let catalogue: Readonly<Record<string, unknown>> = {};
beforeAll(async () => {
  stack = await startStack({ historians: 1 });
  description = (await stack.api.call<Description>("GET", "/api/openapi.json")).body;
  await stack.api.register("d1");
  command = (await stack.api.command("d1", { name: "x" })).body.id;
  const { body } = await stack.api.call<{ code: string }>("POST", "/api/certificate-authorities/codes");
  const own = new Authority("Refusals CA");
  authority = { certificate: own.cert, code: body.code, verification: own.issue({ names: [body.code] }).cert };
  const { cert: certificate, key } = own.issue({ names: ["scans"] });
  catalogue = { kind: "tpedm", url: "https://catalogue.invalid", certificate, key };
  await eventually(async () => expect((await stack.api.call("GET", `/api/commands/${command}`)).status).toBe(200));
});
afterAll(() => stack[Symbol.asyncDispose]());

function codesOf(response: Response | undefined): readonly string[] {
  const found =
    response?.$ref === undefined ? response : description.components.responses[response.$ref.split("/").at(-1) ?? ""];
  return found?.content?.["application/problem+json"]?.schema.allOf?.[1]?.properties?.code?.enum ?? [];
}

function named(schema: Schema | undefined): Schema | undefined {
  return schema?.$ref === undefined ? schema : description.components.schemas[schema.$ref.split("/").at(-1) ?? ""];
}

function* attempts(): Generator<Attempt> {
  for (const [template, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const { parameters = [] } = operation;
      const required = parameters.filter((one) => one.in === "query" && one.required === true);
      const pathWith = (values: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) => {
        const ids = { "/commands/{id}": command, "/certificate-authorities/{id}": "0".repeat(32) };
        const id = Object.entries(ids).find(([part]) => template.includes(part))?.[1] ?? "d1";
        const filled = template.replace(
          /\{(\w+)\}/g,
          (_, key: string) => ({ ...GOOD_PATH, id, ...values })[key] ?? "x",
        );
        const needed = Object.fromEntries(required.map(({ name }) => [name, GOOD_QUERY[name] ?? "x"]));
        const pairs = Object.entries({ ...needed, ...query }).map((pair) => pair.join("="));
        return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
      };
      const path = pathWith({});
      const schema = named(operation.requestBody?.content["application/json"]?.schema);
      const properties = schema?.properties ?? schema?.anyOf?.[0]?.properties ?? {};
      const values = {
        ...GOOD_BODY,
        ...GOOD_BODIES[template],
        ...(template === "/api/certificate-authorities" && authority),
        ...(template === "/api/catalogues/{name}" && catalogue),
      };
      const good = Object.fromEntries(Object.entries(values).filter(([key]) => key in properties));
      const given = {
        method: method.toUpperCase(),
        operation,
        ...(operation.requestBody !== undefined && { body: schema === undefined ? "bytes" : JSON.stringify(good) }),
      };
      const name = `${given.method} ${template}`;
      if (parameters.some((one) => one.in === "query")) {
        yield { ...given, what: `${name} ?zzz`, path: pathWith({}, { zzz: "1" }), field: /^zzz$/ };
      }
      for (const parameter of parameters) {
        for (const bad of BAD_TEXTS) {
          const what = `${name} ${parameter.name}=${bad.slice(0, 20)}`;
          const field = new RegExp(`^${parameter.name}$`, "i");
          const one = { [parameter.name]: bad };
          if (parameter.in === "query") yield { ...given, what, path: pathWith({}, one), field };
          if (parameter.in === "path") {
            yield { ...given, what, path: pathWith(one), field: new RegExp(`^(?:${parameter.name}|path)$`) };
          }
          if (parameter.in === "header" && !bad.includes("%")) {
            yield { ...given, what, path, field, headers: { [parameter.name]: bad } };
          }
        }
      }
      if (schema === undefined) continue;
      for (const body of BAD_BODIES) yield { ...given, what: `${name} ${body.slice(0, 20)}`, path, body, field: /^/ };
      for (const property of Object.keys(properties)) {
        for (const bad of BAD_VALUES) {
          const body = JSON.stringify({ ...good, [property]: bad });
          const what = `${name} ${property}: ${JSON.stringify(bad).slice(0, 20)}`;
          yield { ...given, what, path, body, field: new RegExp(`^${property}(?:\\[\\d+\\]|\\.\\w+)?$`) };
        }
      }
    }
  }
}

describe("an invalid request", () => {
  it("is refused with a documented problem that names the field", async () => {
    const wrong: string[] = [];
    let refused = 0;
    const connection = new KeptConnection(stack.api.url);
    for (const { what, path, method, operation, field, body, headers } of attempts()) {
      if (method === "DELETE" && path === "/api/devices/d1") continue;
      const given = {
        authorization: `Bearer ${stack.adminToken}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      };
      const { status, type, text } = await connection.send(method, path, given, body);
      if (status < 400) continue;
      refused++;
      const problem = type.startsWith("application/problem+json") ? (JSON.parse(text) as Problem) : undefined;
      const listed = [...codesOf(operation.responses[status]), ...codesOf(operation.responses.default)];
      const fine =
        problem !== undefined &&
        status < 500 &&
        listed.includes(problem.code) &&
        (status !== 400 || field.test(problem.field ?? "none"));
      if (!fine) wrong.push(`${what}: ${status} ${problem?.field} ${problem?.detail ?? text}`);
    }
    connection.close();
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(300);
  }, 400_000);
});
