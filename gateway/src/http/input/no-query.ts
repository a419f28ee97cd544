import Type from "typebox";

/** For routes without a query. A parameter is refused, because its sender expects an effect. */
export const NoQuery = Type.Object({}, { additionalProperties: false });
