import Type from "typebox";

/** Fields of a page that a list without pages has beside its `items`, so that clients read all lists alike. */
export const UNPAGED = {
  next: Type.Null({ description: "The list has one page" }),
  total: Type.Integer({ description: "Number of items" }),
};
