import { SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import { withSimpleUnions } from "./simple-unions.ts";

type Factory = ReturnType<typeof SerializerSelector>;
type Serialize = ReturnType<ReturnType<Factory>>;

const factory = SerializerSelector();
/** Servers in one process, as in tests, share the serializers of their schemas. */
const shared = new WeakMap<object, Serialize>();

/**
 * Fastify's own serializers, each compiled at its first answer. A node has hundreds, most of them for errors that it
 * never sends. Compiling all of them took a third of the processor time of the node's start.
 */
export const buildSerializer: Factory = (externalSchemas, options) => {
  const compile = factory(externalSchemas, options);
  // With external schemas, the meaning of a schema depends on the server, so its serializer is not shared.
  const made = Object.keys(externalSchemas ?? {}).length === 0 ? shared : new WeakMap<object, Serialize>();
  return (route) => {
    const schema = route.schema as object;
    return (value) => {
      let serialize = made.get(schema);
      if (serialize === undefined) {
        serialize = compile({ ...route, schema: withSimpleUnions(schema) });
        made.set(schema, serialize);
      }
      return serialize(value);
    };
  };
};
