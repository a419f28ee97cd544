import Type from "typebox";

const texts = Type.Optional(Type.Array(Type.String()));

/** The scope of who asks, in a gateway's request. */
export const CallScope = Type.Object({ accounts: texts, tags: texts }, { additionalProperties: false });
