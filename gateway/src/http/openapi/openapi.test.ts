import { CATEGORIES } from "@fleetlog/domain";
import { checker, EVENT_CATEGORIES, WIRE_ERRORS } from "@fleetlog/protocol";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { OpenAPIV3_1 } from "openapi-types";
import type { TSchema } from "typebox";
import { beforeAll, describe, expect, it } from "vitest";
import { testServer } from "../../testing/test-server.ts";
import { RESOURCES } from "../resources/index.ts";
import { FEED_SCHEMAS } from "./live-feed.ts";
import { API_CODES } from "./operations.ts";

type Document = OpenAPIV3_1.Document & {
  readonly components: Required<OpenAPIV3_1.ComponentsObject>;
};

let document: Document;
let operations: readonly (readonly [name: string, operation: OpenAPIV3_1.OperationObject])[];
beforeAll(async () => {
  const { app } = await testServer();
  document = (await app.inject({ url: "/api/openapi.json" })).json();
  operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(
      ([method, operation]) => [`${method} ${path}`, operation as OpenAPIV3_1.OperationObject] as const,
    ),
  );
});

function answer(operation: OpenAPIV3_1.OperationObject | undefined, status: string): OpenAPIV3_1.ResponseObject {
  const found = operation?.responses?.[status];
  const name = found !== undefined && "$ref" in found ? found.$ref.split("/").at(-1) : undefined;
  const response = name === undefined ? found : document.components.responses[name];
  if (response === undefined || "$ref" in response) throw new Error(`no answer ${status}`);
  return response;
}

function codesOf(response: OpenAPIV3_1.ResponseObject): readonly string[] {
  const { schema } = response.content?.["application/problem+json"] ?? {};
  const [, narrowed] =
    (schema as { allOf?: { properties?: { code?: { enum?: string[] } } }[] } | undefined)?.allOf ?? [];
  return narrowed?.properties?.code?.enum ?? [];
}

const find = (name: string) => operations.find(([key]) => key === name)?.[1];

describe("the description of the API", () => {
  it("is valid OpenAPI 3.1", async () => {
    expect(document.openapi).toBe("3.1.0");
    expect(
      await new Validator().validate(structuredClone(document) as Parameters<Validator["validate"]>[0]),
    ).toMatchObject({ valid: true });
  });

  it("has items, next and total for every list of resources; the exceptions answer other lists, or parts of the log", () => {
    const lacking = operations.filter(([name, operation]) => {
      if (!name.startsWith("get ") || operation.responses?.["200"] === undefined) return false;
      const schema = answer(operation, "200").content?.["application/json"]?.schema;
      const named = schema !== undefined && "$ref" in schema ? schema.$ref?.split("/").at(-1) : undefined;
      const body = named === undefined ? schema : document.components.schemas?.[named];
      const fields = body !== undefined && "properties" in body ? Object.keys(body.properties ?? {}) : [];
      return fields.includes("items") && !(fields.includes("next") && fields.includes("total"));
    });
    expect(lacking.map(([name]) => name).toSorted()).toEqual([
      "get /api/commands/declared",
      "get /api/devices/rows",
      "get /api/devices/{id}/events",
      "get /api/history/marks",
      "get /api/imports/{id}/credentials",
      "get /api/session/open-ids",
      "get /api/system/trends",
    ]);
  });

  it("has a unique operationId and a described tag for every operation", () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(document.tags?.map(({ name }) => name));
    for (const [name, operation] of operations) expect(tags, name).toContain(operation.tags?.[0]);
  });

  it("refers to a named schema inside of another schema", () => {
    const { Device, DeviceDetail, Command } = document.components.schemas as Record<string, OpenAPIV3_1.SchemaObject>;
    expect([Device, Command]).not.toContain(undefined);
    const [, own] = (DeviceDetail?.allOf ?? []) as OpenAPIV3_1.SchemaObject[];
    expect(own?.properties?.pendingCommands).toMatchObject({ items: { $ref: "#/components/schemas/Command" } });
  });

  it("has each schema once: answers, bodies and extended schemas refer to it", () => {
    const inline: string[] = [];
    for (const [name, operation] of operations) {
      const answers = Object.entries(operation.responses ?? {}).filter(([status]) => Number(status) < 300);
      const contents = [
        operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined,
        ...answers.map(([status]) => answer(operation, status)),
      ].map((part) => part?.content?.["application/json"]?.schema);
      for (const schema of contents) {
        const copied =
          schema !== undefined && "properties" in schema && Object.keys(schema.properties ?? {}).length > 1;
        if (copied) inline.push(name);
      }
    }
    expect(inline).toEqual([]);
    const { schemas } = document.components;
    const extending = (base: string) => ({ allOf: [{ $ref: `#/components/schemas/${base}` }, expect.anything()] });
    expect(schemas.DeviceDetail).toMatchObject(extending("Device"));
    expect(schemas.RegisteredDevice).toMatchObject(extending("DeviceDetail"));
    expect(schemas.CommandDetail).toMatchObject(extending("Command"));
    expect(schemas.Device).toMatchObject({ properties: { status: { $ref: "#/components/schemas/DeviceStatus" } } });
  });

  it("has a valid example of every named schema", () => {
    const named = Object.assign({}, ...RESOURCES.map(({ schemas }) => schemas), FEED_SCHEMAS) as Record<
      string,
      TSchema
    >;
    for (const [name, schema] of Object.entries(named)) {
      const { examples } = document.components.schemas[name] as { examples?: unknown[] };
      expect(examples, `${name} has no example`).toHaveLength(1);
      expect(checker(schema)(examples?.[0]), name).toMatchObject({ ok: true });
    }
  });

  it("does not require a body that may be left out", () => {
    const body = (name: string) => find(name)?.requestBody as OpenAPIV3_1.RequestBodyObject | undefined;
    const cancel = body("post /api/commands/{id}/cancel");
    expect(cancel).toMatchObject({ required: false, content: { "application/json": { schema: { type: "object" } } } });
    expect(body("post /api/devices/{id}/token")?.required).toBe(false);
    expect(body("post /api/devices")?.required).toBe(true);
  });

  it("lists, for each call that needs a token, the problems of late and missing views", () => {
    const ofCallers = operations.filter(([, { security, responses }]) => security?.length !== 0 && !responses?.["101"]);
    expect(ofCallers.length).toBeGreaterThan(100);
    for (const [name, operation] of ofCallers) {
      expect(codesOf(answer(operation, "503")), name).toEqual(
        expect.arrayContaining(["view-unavailable", "view-behind"]),
      );
    }
  });

  it("lists the categories of events", () => {
    expect([...EVENT_CATEGORIES].sort()).toEqual([...CATEGORIES].sort());
    const category = find("get /api/devices/{id}/events")?.parameters?.find(
      (parameter) => "name" in parameter && parameter.name === "category",
    );
    expect(category).toMatchObject({ schema: { enum: EVENT_CATEGORIES } });
  });

  it("has the live feed's upgrade and its messages", () => {
    const live = find("get /live");
    expect(live?.responses?.["101"]).toMatchObject({ description: "Switching Protocols" });
    const { schemas } = document.components;
    for (const name of Object.keys(FEED_SCHEMAS)) expect(live?.description).toContain(`#/components/schemas/${name}`);
    expect(schemas.WatchRows).toMatchObject({ properties: { topic: { enum: expect.arrayContaining(["devices"]) } } });
    expect(schemas.FeedChange).toMatchObject({ required: ["watch", "seq", "keys"] });
  });

  it("has no reference without target", () => {
    const dangling: string[] = [];
    let found = 0;
    const check = (part: unknown): void => {
      if (typeof part !== "object" || part === null) return;
      const { $ref } = part as { $ref?: unknown };
      if (typeof $ref === "string") {
        const to = $ref
          .slice(2)
          .split("/")
          .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
        if (to === undefined) dangling.push($ref);
        found++;
      }
      for (const inner of Object.values(part)) check(inner);
    };
    check(document);
    expect(dangling).toEqual([]);
    expect(found).toBeGreaterThan(100);
    expect(JSON.stringify(answer(find("get /api/devices"), "200"))).toContain("#/components/schemas/DevicePage");
  });

  it("has every code of the API under its status", () => {
    const listed = new Set<string>();
    for (const [name, operation] of operations) {
      for (const status of Object.keys(operation.responses ?? {})) {
        for (const code of codesOf(answer(operation, status))) {
          listed.add(code);
          if (status !== "default") {
            expect(WIRE_ERRORS[code as keyof typeof WIRE_ERRORS].http, `${name} ${code}`).toBe(Number(status));
          }
        }
      }
    }
    expect([...listed].sort()).toEqual([...API_CODES].sort());
    const { code } = (document.components.schemas.Problem as { properties: { code: { enum: string[] } } }).properties;
    expect(code.enum).toEqual(API_CODES);
  });

  it("has the headers of answers", () => {
    const issue = find("post /api/devices/{id}/commands");
    expect(Object.keys(answer(issue, "202").headers ?? {})).toContain("Location");
    expect(Object.keys(answer(issue, "401").headers ?? {})).toContain("WWW-Authenticate");
    expect(Object.keys(answer(issue, "503").headers ?? {})).toContain("Retry-After");
    expect(codesOf(answer(issue, "404"))).toEqual(["device-unknown"]);
    expect(codesOf(answer(issue, "422"))).toEqual(["idempotency-key-reused"]);
    expect(issue?.parameters).toContainEqual(expect.objectContaining({ in: "header", name: "Idempotency-Key" }));
    expect(find("get /api/commands")?.parameters).toContainEqual(
      expect.objectContaining({ name: "state", style: "form", explode: false }),
    );
  });

  it("requires a token for every operation but the public ones", () => {
    expect(Object.keys(document.components.securitySchemes)).toEqual(["bearerAuth", "sessionCookie"]);
    const open = operations.filter(([, { security }]) => security?.length === 0).map(([name]) => name);
    const byCode = ["post /api/people/confirm", "post /api/people/reset"];
    const signIns = [...byCode, "post /api/session", "post /api/tokens", "post /api/tokens/refresh"];
    const signUp = ["get /api/people/sign-up", "post /api/people/forgot", "post /api/people/sign-up"];
    const authority = ["get /api/authority", "get /api/authority/crl"];
    const others = [
      ...authority,
      "get /api/downloads/{name}/{version}",
      "get /api/session/ways",
      "post /api/session/passkeys/challenge",
      "get /healthz",
      "get /metrics",
      "get /readyz",
    ];
    expect(open.sort()).toEqual([...others, ...signIns, ...signUp].sort());
    for (const [name, operation] of operations) {
      expect("401" in (operation.responses ?? {}), name).toBe(!open.includes(name) || signIns.includes(name));
    }
  });
});
