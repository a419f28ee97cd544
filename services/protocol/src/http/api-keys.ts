import Type, { type Static } from "typebox";
import { ROLE_NAMES } from "../views/people.ts";
import { NameText } from "./devices.ts";

const closed = { additionalProperties: false };
const tags = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64, uniqueItems: true });

export const CreateApiKeyBody = Type.Object(
  {
    name: NameText,
    role: Type.Enum(ROLE_NAMES, { description: "At most the caller's role" }),
    tags: Type.Optional(tags),
    account: Type.Optional(Type.String({ maxLength: 128 })),
    expiresAt: Type.Optional(Type.String({ format: "date-time", description: "Default: the key does not expire" })),
  },
  closed,
);
export type CreateApiKeyBody = Static<typeof CreateApiKeyBody>;

const known = {
  id: Type.String(),
  name: Type.String(),
  role: Type.Enum(ROLE_NAMES),
  account: Type.String(),
  tags: Type.Optional(Type.Array(Type.String())),
  owner: Type.String({ description: "Id of the person who made the key; the key can do no more than that person" }),
  createdAt: Type.String(),
  expiresAt: Type.Optional(Type.String()),
};
export const ApiKeyResource = Type.Object(known);
export type ApiKeyResource = Static<typeof ApiKeyResource>;

export const CreatedApiKey = Type.Object({
  ...known,
  key: Type.String({ description: "Send it as `Authorization: Bearer <key>`. It is in this answer only" }),
});
export type CreatedApiKey = Static<typeof CreatedApiKey>;

export const ListApiKeysQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    cursor: Type.Optional(Type.String({ maxLength: 64 })),
  },
  closed,
);
export type ListApiKeysQuery = Static<typeof ListApiKeysQuery>;

export const ApiKeyPage = Type.Object({
  items: Type.Array(ApiKeyResource, { description: "The oldest first; revoked keys are not listed" }),
  next: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer({ description: "How many keys there are, on all pages" }),
});
export type ApiKeyPage = Static<typeof ApiKeyPage>;
