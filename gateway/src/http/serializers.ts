import { SerializerSelector } from "@fastify/fast-json-stringify-compiler";

type Factory = ReturnType<typeof SerializerSelector>;

const factory = SerializerSelector();

/**
 * Fastify's own serializers, each compiled at its first answer. A node has hundreds, most of them for errors that it
 * never sends. Compiling all of them took a third of the processor time of the node's start.
 */
export const buildSerializer: Factory = (externalSchemas, options) => {
  const compile = factory(externalSchemas, options);
  return (route) => {
    let serialize: ReturnType<typeof compile> | undefined;
    return (value) => {
      serialize ??= compile(route);
      return serialize(value);
    };
  };
};
