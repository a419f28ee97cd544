import Type, { type Static } from "typebox";
import type { KuraPayload } from "../payload/codec.ts";
import { configurationsIn, configurationsXml, type KuraComponent, PROPERTY_TYPES } from "../xml/configurations.ts";
import { XmlFault } from "../xml/read.ts";
import { isXmlText } from "../xml/write.ts";
import type { KuraRequest } from "./request.ts";

/** Maximum size of a result as JSON, so that it fits into an event. */
const MAX_RESULT_BYTES = 256 * 1024;

const pid = Type.String({ pattern: "^[^/+#\\s\\u0000-\\u001f]{1,256}$", title: "Component" });
const GetParams = Type.Object({ component: Type.Optional(pid) }, { additionalProperties: false });

const scalar = Type.Union([Type.String({ maxLength: 16_384 }), Type.Number(), Type.Boolean()]);
const Property = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 256 }),
    // No passwords: they would stay in the history.
    type: Type.Enum([...PROPERTY_TYPES]),
    value: Type.Union([scalar, Type.Array(scalar, { maxItems: 1_024 })]),
  },
  { additionalProperties: false },
);
const Component = Type.Object(
  { pid, properties: Type.Array(Property, { minItems: 1, maxItems: 1_024 }) },
  { additionalProperties: false },
);
const PutParams = Type.Object(
  { configurations: Type.Array(Component, { minItems: 1, maxItems: 256, title: "Configurations" }) },
  { additionalProperties: false },
);
type PutParams = Static<typeof PutParams>;

export const configurationGet: KuraRequest = {
  name: "configuration.get",
  title: "Read the configuration",
  app: "CONF-V1",
  params: GetParams,
  isRepeatable: true,
  ask(params) {
    const { component } = (params ?? {}) as Static<typeof GetParams>;
    return { method: "GET", resource: component === undefined ? "configurations" : `configurations/${component}` };
  },
  resultIn: ({ body }) => ({ configurations: fitting(configurationsIn(mustHave(body))) }),
};

export const configurationPut: KuraRequest = {
  name: "configuration.put",
  title: "Change the configuration",
  app: "CONF-V1",
  params: PutParams,
  isRepeatable: false,
  ask(params) {
    const { configurations } = params as PutParams;
    if (!textsOf(configurations).every(isXmlText))
      throw new XmlFault("the configuration has characters that XML does not allow");
    const [first] = configurations;
    const isOne = configurations.length === 1 && first !== undefined;
    return {
      method: "PUT",
      resource: isOne ? `configurations/${first.pid}` : "configurations",
      body: configurationsXml(configurations),
    };
  },
  resultIn: () => ({ accepted: true }),
};

/** @throws XmlFault */
export function mustHave(body: KuraPayload["body"]): Uint8Array {
  if (body === undefined || body.length === 0) throw new XmlFault("the reply has no body");
  return body;
}

/** The components, without their descriptions if they are too large with them. @throws XmlFault */
function fitting(components: readonly KuraComponent[]): readonly KuraComponent[] {
  if (bytesOf(components) <= MAX_RESULT_BYTES) return components;
  const brief = components.map(({ description: _, attributes, ...component }) => ({
    ...component,
    ...(attributes !== undefined && { attributes: attributes.map(({ description: _, ...attribute }) => attribute) }),
  }));
  if (bytesOf(brief) <= MAX_RESULT_BYTES) return brief;
  const hint = components.length > 1 ? ": read one component at a time" : "";
  throw new XmlFault(`the configuration is larger than ${MAX_RESULT_BYTES} bytes${hint}`);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function textsOf(configurations: PutParams["configurations"]): string[] {
  return configurations.flatMap(({ pid, properties }) => [
    pid,
    ...properties.flatMap(({ name, value }) => [name, ...[value].flat().map(String)]),
  ]);
}
