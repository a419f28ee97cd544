import { Problem } from "@fleetlog/protocol";
import type { OpenAPIV3_1 } from "openapi-types";
import type { TSchema } from "typebox";
import { API_CODES } from "./operations.ts";

type Schemas = Record<string, OpenAPIV3_1.SchemaObject>;

/** Schemas by name in the description. */
export type NamedSchemas = Readonly<Record<string, TSchema>>;

/** The named schemas as components, and a function that replaces equal schemas in a document by references to them. */
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
    const plain = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, reference(value)]));
    // `accepts` is for error texts; here it serves as the description.
    if (typeof accepts === "string") plain.description ??= accepts;
    const name = names.get(JSON.stringify(plain));
    return name === undefined ? plain : { $ref: `#/components/schemas/${name}` };
  }

  // A schema is shorter than the schemas that contain it, and must be named before they are.
  const innerFirst = Object.entries(named).sort(([, a], [, b]) => JSON.stringify(a).length - JSON.stringify(b).length);
  for (const [name, schema] of innerFirst) {
    const plain = reference(schema);
    names.set(JSON.stringify(plain), name);
    components[name] = plain as OpenAPIV3_1.SchemaObject;
  }
  const { properties, ...problem } = Problem;
  components.Problem = {
    ...problem,
    properties: { ...properties, code: { type: "string", enum: [...API_CODES] } },
  } as OpenAPIV3_1.SchemaObject;
  return { components, reference };
}
