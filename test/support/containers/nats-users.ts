import { NATS_USERS } from "@fleetlog/infra/nats-server";
import type { NatsUser } from "@fleetlog/log";
import type { Login } from "../raw-nats.ts";

/** A password of each user; infra/nats/users.conf says of which letters. */
export function passwordOf(user: NatsUser): string {
  return `p0${user}0123456789`;
}

/** As the configurations of nats-server and compose.yaml name them. */
export const NATS_PASSWORDS: Readonly<Record<string, string>> = Object.fromEntries(
  NATS_USERS.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwordOf(user)]),
);

/** The user that may do everything. */
export const OPERATOR: Login = { user: "operator", pass: passwordOf("operator") };
export const operator = () => ({ user: OPERATOR.user, password: OPERATOR.pass });
