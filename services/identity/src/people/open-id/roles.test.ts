import { expect, it } from "vitest";
import { roleOfClaims } from "./roles.ts";

const rules = [
  { value: "readers", role: "viewer" },
  { value: "groups ops", role: "operator" },
  { value: "Fleet Admins", role: "admin" },
] as const;

it.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
  ["a value in a usual claim", { roles: ["readers"] }, "viewer"],
  ["one value instead of a list", { groups: "readers" }, "viewer"],
  ["Cognito's groups", { "cognito:groups": ["readers"] }, "viewer"],
  ["Keycloak's roles", { realm_access: { roles: ["readers"] } }, "viewer"],
  ["a named claim", { groups: ["ops"] }, "operator"],
  ["the highest of several", { groups: ["readers", "ops"] }, "operator"],
  ["a value with a space", { groups: ["Fleet Admins"] }, "admin"],
  ["the value in another claim", { roles: ["ops"] }, undefined],
  ["a value that is part of another", { roles: ["readers2"] }, undefined],
  ["claims of other kinds", { roles: { readers: true }, groups: null, realm_access: 7 }, undefined],
  ["no claims", {}, undefined],
])("the rules give the highest matching role, or none, for %s", (_, claims, role) => {
  expect(roleOfClaims(rules, claims)).toBe(role);
});
