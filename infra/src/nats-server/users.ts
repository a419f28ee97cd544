import { randomBytes } from "node:crypto";
import { NATS_ROLES, type NatsUser, OPERATOR, permissionsOf } from "@fleetlog/log";

/** The user by which the launcher asks its server whether it answers. */
export const LAUNCHER = "launcher";
export const LAUNCHER_INBOX = "_INBOX_launcher";

export const NATS_USERS: readonly NatsUser[] = [...NATS_ROLES, OPERATOR];

export type Passwords = Readonly<Record<NatsUser | typeof LAUNCHER, string>>;

/** New passwords for all users. */
export function newPasswords(): Passwords {
  const entries = [...NATS_USERS, LAUNCHER].map((user) => [user, randomBytes(32).toString("base64url")]);
  return Object.fromEntries(entries) as Passwords;
}

/**
 * The users with their permissions, in the language of nats-server's configuration. The users belong to the account that
 * unnamed clients had before, so that a log of an earlier release is still found.
 * @param password the text of a user's password there: quoted, or a variable
 */
export function usersText(
  password: (user: NatsUser | typeof LAUNCHER) => string,
  others: readonly string[] = [],
): string {
  const users = NATS_USERS.map((user) =>
    line(user, password(user), user === OPERATOR ? undefined : permissionsOf(user)),
  );
  const indented = [...users, ...others].map((each) => `    ${each}\n`).join("");
  return `authorization {\n  users: [\n${indented}  ]\n}\n`;
}

/** With the launcher's own user. */
export function launcherUsers(passwords: Passwords): string {
  const password = (user: keyof Passwords) => JSON.stringify(passwords[user]);
  const permissions = { publish: { allow: ["$JS.API.INFO"] }, subscribe: { allow: [LAUNCHER_INBOX] } };
  return usersText(password, [line(LAUNCHER, password(LAUNCHER), permissions)]);
}

function line(user: string, password: string, permissions: object | undefined): string {
  const allowed = permissions === undefined ? "" : `, permissions: ${JSON.stringify(permissions)}`;
  return `{ user: ${user}, password: ${password}${allowed} }`;
}
