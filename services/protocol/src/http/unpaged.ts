import Type from "typebox";

/** Fields of a list that is always answered whole, beside its `items`: those of a page, so that clients read all lists alike. */
export const UNPAGED = {
  next: Type.Null({ description: "The list has one page" }),
  total: Type.Integer({ description: "Number of items" }),
};
