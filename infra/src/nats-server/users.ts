import { randomBytes } from "node:crypto";
import { NATS_ROLES, type NatsUser, OPERATOR, permissionsOf } from "@fleetlog/log";

/** The user with which the launcher checks that its server answers. */
export const LAUNCHER = "launcher";
export const LAUNCHER_INBOX = "_INBOX_launcher";

export const NATS_USERS: readonly NatsUser[] = [...NATS_ROLES, OPERATOR];

export type Passwords = Readonly<Record<NatsUser | typeof LAUNCHER, string>>;

/** New passwords for NATS_USERS and LAUNCHER. */
export function newPasswords(): Passwords {
  const entries = [...NATS_USERS, LAUNCHER].map((user) => [user, randomBytes(32).toString("base64url")]);
  return Object.fromEntries(entries) as Passwords;
}

/**
 * The users with their permissions, in the language of nats-server's configuration. They are in nats-server's global
 * account: earlier releases connected without a user name, so their log is there and would not be found in another account.
 * @param password the text of a user's password in the configuration: quoted, or a variable
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

/** The users of the server that the launcher starts: NATS_USERS and LAUNCHER. */
export function launcherUsers(passwords: Passwords): string {
  const password = (user: keyof Passwords) => JSON.stringify(passwords[user]);
  const permissions = { publish: { allow: ["$JS.API.INFO"] }, subscribe: { allow: [LAUNCHER_INBOX] } };
  return usersText(password, [line(LAUNCHER, password(LAUNCHER), permissions)]);
}

function line(user: string, password: string, permissions: object | undefined): string {
  const allowed = permissions === undefined ? "" : `, permissions: ${JSON.stringify(permissions)}`;
  return `{ user: ${user}, password: ${password}${allowed} }`;
}
