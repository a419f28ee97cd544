import Type, { type Static } from "typebox";
import { AccountLimits, AccountResource } from "../views/accounts.ts";
import { NameText } from "./devices.ts";
import { UNPAGED } from "./unpaged.ts";

const limits = Type.Optional(AccountLimits);

export const CreateAccountBody = Type.Object(
  { id: Type.String(), name: NameText, limits },
  { additionalProperties: false },
);
export type CreateAccountBody = Static<typeof CreateAccountBody>;

export const ChangeAccountBody = Type.Object(
  { name: Type.Optional(NameText), limits },
  { additionalProperties: false, minProperties: 1, description: "`limits` replaces all limits" },
);
export type ChangeAccountBody = Static<typeof ChangeAccountBody>;

export const AccountList = Type.Object({
  items: Type.Array(AccountResource, { description: "All accounts, `main` first" }),
  ...UNPAGED,
  signUpLimits: Type.Optional(AccountLimits),
});
export type AccountList = Static<typeof AccountList>;
