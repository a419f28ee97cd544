import { NATS_USERS } from "@fleetlog/infra/nats-server";
import type { NatsUser } from "@fleetlog/log";
import type { Login } from "../raw-nats.ts";

export function passwordOf(user: NatsUser): string {
  return `p0${user}0123456789`;
}

export const NATS_PASSWORDS: Readonly<Record<string, string>> = Object.fromEntries(
  NATS_USERS.map((user) => [`NATS_${user.toUpperCase()}_PASSWORD`, passwordOf(user)]),
);

export const OPERATOR: Login = { user: "operator", pass: passwordOf("operator") };
export const operator = () => ({ user: OPERATOR.user, password: OPERATOR.pass });
