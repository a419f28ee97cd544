import { randomBytes } from "node:crypto";
import { NATS_ROLES, type NatsUser, OPERATOR, permissionsOf } from "@fleetlog/log";

/** The launcher checks with this user that its server answers. */
export const LAUNCHER = "launcher";
export const LAUNCHER_INBOX = "_INBOX_launcher";

export const NATS_USERS: readonly NatsUser[] = [...NATS_ROLES, OPERATOR];

export type Passwords = Readonly<Record<NatsUser | typeof LAUNCHER, string>>;

export function newPasswords(): Passwords {
  const entries = [...NATS_USERS, LAUNCHER].map((user) => [user, randomBytes(32).toString("base64url")]);
  return Object.fromEntries(entries) as Passwords;
}

/**
 * Users and permissions for nats-server's configuration.
 *
 * The users are in nats-server's global account, where the log of earlier releases is.
 *
 * @param password in the configuration's syntax: a quoted text or a variable
 */
export function usersText(
  password: (user: NatsUser | typeof LAUNCHER) => string,
  otherLines: readonly string[] = [],
): string {
  const users = NATS_USERS.map((user) =>
    line(user, password(user), user === OPERATOR ? undefined : permissionsOf(user)),
  );
  const indented = [...users, ...otherLines].map((each) => `    ${each}\n`).join("");
  return `authorization {\n  users: [\n${indented}  ]\n}\n`;
}

export function launcherUsers(passwords: Passwords): string {
  const password = (user: keyof Passwords) => JSON.stringify(passwords[user]);
  const permissions = { publish: { allow: ["$JS.API.INFO"] }, subscribe: { allow: [LAUNCHER_INBOX] } };
  return usersText(password, [line(LAUNCHER, password(LAUNCHER), permissions)]);
}

function line(user: string, password: string, permissions: object | undefined): string {
  const allowed = permissions === undefined ? "" : `, permissions: ${JSON.stringify(permissions)}`;
  return `{ user: ${user}, password: ${password}${allowed} }`;
}
