import { Problem } from "@fleetlog/protocol";
import type { OpenAPIV3_1 } from "openapi-types";
import type { TSchema } from "typebox";
import { API_CODES } from "./operations.ts";

type Schemas = Record<string, OpenAPIV3_1.SchemaObject>;

export type NamedSchemas = Readonly<Record<string, TSchema>>;

export function shareSchemas(named: NamedSchemas): {
  readonly components: Schemas;
  readonly reference: (part: unknown) => unknown;
} {
  const names = new Map<string, string>();
  const components: Schemas = {};

  function reference(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(reference);
    if (typeof part !== "object" || part === null) return part;
    const { accepts, ...rest } = part as Record<string, unknown>;
    const plain = inOpenApi(Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, reference(value)])));
    if (typeof accepts === "string") plain.description ??= accepts;
    const name = names.get(JSON.stringify(plain));
    return name === undefined ? plain : { $ref: `#/components/schemas/${name}` };
  }

  // Shortest first, because a schema must have its name before longer schemas that contain it.
  const innerFirst = Object.entries(named).sort(([, a], [, b]) => JSON.stringify(a).length - JSON.stringify(b).length);
  for (const [name, schema] of innerFirst) {
    const plain = reference(schema);
    names.set(JSON.stringify(plain), name);
    components[name] = plain as OpenAPIV3_1.SchemaObject;
  }
  for (const [name, schema] of Object.entries(extended(components))) components[name] = schema;
  const { properties, ...problem } = Problem;
  components.Problem = {
    ...problem,
    properties: { ...properties, code: { type: "string", enum: [...API_CODES] } },
  } as OpenAPIV3_1.SchemaObject;
  return { components, reference };
}

/** Writes a schema as @fastify/swagger does. */
function inOpenApi({ patternProperties, const: constant, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const [[pattern, values] = []] = Object.entries(patternProperties ?? {});
  if (pattern === "^.*$") rest.additionalProperties = values;
  else if (patternProperties !== undefined) rest.patternProperties = patternProperties;
  if (constant !== undefined) rest.enum = [constant];
  return rest;
}

/** A schema with fewer properties is no base of another schema. */
const MIN_BASE_PROPERTIES = 5;

/** A schema with all properties of another schema refers to it, and has the remaining properties. */
function extended(schemas: Readonly<Schemas>): Schemas {
  const found: Schemas = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const base = Object.entries(schemas)
      .filter(([other, { properties = {} }]) => other !== name && Object.keys(properties).length >= MIN_BASE_PROPERTIES)
      .filter(([, other]) => other.additionalProperties === undefined && isPart(other, schema))
      .sort(([, a], [, b]) => Object.keys(b.properties ?? {}).length - Object.keys(a.properties ?? {}).length)[0];
    if (base === undefined) continue;
    const [baseName, { properties: shared = {}, required: always = [] }] = base;
    const { type, properties = {}, required = [], ...rest } = schema;
    const own = {
      type,
      required: required.filter((key) => !always.includes(key)),
      properties: Object.fromEntries(Object.entries(properties).filter(([key]) => !(key in shared))),
      ...rest,
    };
    found[name] = { allOf: [{ $ref: `#/components/schemas/${baseName}` }, own as OpenAPIV3_1.SchemaObject] };
  }
  return found;
}

function isPart(part: OpenAPIV3_1.SchemaObject, whole: OpenAPIV3_1.SchemaObject): boolean {
  const { properties = {}, required = [] } = part;
  const all = Object.entries(whole.properties ?? {});
  if (all.length <= Object.keys(properties).length) return false;
  const same = Object.entries(properties).every(
    ([key, schema]) => JSON.stringify(whole.properties?.[key]) === JSON.stringify(schema),
  );
  return same && required.every((key) => whole.required?.includes(key) === true);
}
