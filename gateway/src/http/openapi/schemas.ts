import { Problem } from "@fleetlog/protocol";
import type { OpenAPIV3_1 } from "openapi-types";
import type { TSchema } from "typebox";
import { API_CODES } from "./operations.ts";

type Schemas = Record<string, OpenAPIV3_1.SchemaObject>;

/** What has a name in the description: parts before what they are part of. */
export type NamedSchemas = Readonly<Record<string, TSchema>>;

/** The schemas that are shared, and how each place where one of them stands comes to refer to it. */
export function shared(named: NamedSchemas): {
  readonly components: Schemas;
  readonly hoist: (part: unknown) => unknown;
} {
  const names = new Map<string, string>();
  const components: Schemas = {};

  function hoist(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(hoist);
    if (typeof part !== "object" || part === null) return part;
    const { accepts, ...rest } = part as Record<string, unknown>;
    const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, hoist(value)]));
    // Said in words for refusals; here it is a description like any other.
    if (typeof accepts === "string") plain.description ??= accepts;
    const name = names.get(JSON.stringify(plain));
    return name === undefined ? plain : { $ref: `#/components/schemas/${name}` };
  }

  for (const [name, schema] of Object.entries(named)) {
    const plain = hoist(schema);
    names.set(JSON.stringify(plain), name);
    components[name] = plain as OpenAPIV3_1.SchemaObject;
  }
  const { properties, ...problem } = Problem;
  components.Problem = {
    ...problem,
    properties: { ...properties, code: { type: "string", enum: [...API_CODES] } },
  } as OpenAPIV3_1.SchemaObject;
  return { components, hoist };
}
