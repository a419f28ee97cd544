import Type from "typebox";

const texts = Type.Optional(Type.Array(Type.String()));

/** The caller's scope, in a gateway's request. */
export const CallScope = Type.Object({ accounts: texts, tags: texts }, { additionalProperties: false });
