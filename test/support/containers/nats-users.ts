import { NATS_USERS } from "@fleetlog/infra/nats-server";
import type { NatsUser } from "@fleetlog/log";
import type { Login } from "../raw-nats.ts";

/** A user's password, which has the form that infra/nats/users.conf requires. */
export function passwordOf(user: NatsUser): string {
  return `p0${user}0123456789`;
}

/** All passwords, by the variables that nats-server's configurations and compose.yaml read. */
export const NATS_PASSWORDS: Readonly<Record<string, string>> = Object.fromEntries(
  NATS_USERS.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwordOf(user)]),
);

/** The user that may do everything. */
export const OPERATOR: Login = { user: "operator", pass: passwordOf("operator") };
export const operator = () => ({ user: OPERATOR.user, password: OPERATOR.pass });
