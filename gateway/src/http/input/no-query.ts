import Type from "typebox";

/** Of a path that takes no query: what is given all the same was meant to do something, and is refused. */
export const NoQuery = Type.Object({}, { additionalProperties: false });
