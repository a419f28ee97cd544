import { type NatsRole, permissionsOf } from "@fleetlog/log";
import { changedSubject, heartbeatSubject, LEASES, liveSubject, querySubject } from "@fleetlog/protocol";
import { describe, expect, it } from "vitest";
import { launcherUsers, NATS_USERS, newPasswords } from "./users.ts";

/** NATS subject matching: `*` is one token, a final `>` one or more. */
function allows(patterns: readonly string[], subject: string): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replaceAll(/[.$]/g, "\\$&").replaceAll("*", "[^.]+").replace(/>$/, ".+");
    return new RegExp(`^${source}$`).test(subject);
  });
}

const id = "aZ09_=-";

describe("the users of nats-server", () => {
  it.each<[NatsRole, readonly string[], readonly string[]]>([
    [
      "gateway",
      [querySubject("devices.list"), liveSubject(id, "command"), heartbeatSubject("gateway", id)],
      [changedSubject("devices"), liveSubject(id, "command"), heartbeatSubject("projector", id), `fleet.event.${id}`],
    ],
    [
      "projector",
      [changedSubject("devices"), heartbeatSubject("projector", id)],
      [querySubject("devices.list"), querySubject("gateways.list")],
    ],
    [
      "reactors",
      [
        querySubject("commands.list"),
        liveSubject(id, "command"),
        heartbeatSubject("reactors", id),
        `released.${LEASES.reactors}`,
      ],
      [`released.${LEASES.reactors}`],
    ],
  ])("may send and receive what a %s sends and receives", (role, sent, received) => {
    const { publish, subscribe } = permissionsOf(role);
    expect(sent.filter((subject) => !allows(publish.allow, subject))).toEqual([]);
    expect(received.filter((subject) => !allows(subscribe.allow, subject))).toEqual([]);
  });

  it("have new passwords at each start, all different and hard to guess", () => {
    const [one, other] = [newPasswords(), newPasswords()].map((passwords) => Object.values(passwords));
    expect(new Set([...(one ?? []), ...(other ?? [])]).size).toBe(2 * (NATS_USERS.length + 1));
    expect(one?.every((password) => password.length >= 43)).toBe(true);
  });

  it("are all limited in the launcher's configuration, except the operator", () => {
    const lines = launcherUsers(newPasswords())
      .split("\n")
      .filter((line) => line.includes("user:"));
    expect(lines).toHaveLength(NATS_USERS.length + 1);
    expect(lines.filter((line) => !line.includes("permissions")).map((line) => /user: (\w+)/.exec(line)?.[1])).toEqual([
      "operator",
    ]);
  });
});
