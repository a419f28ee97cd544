import { describe, expect, it } from "vitest";
import { JetStreamApiFailure } from "./api-error.ts";
import type { Link } from "./link.ts";
import { verifyOrHandOver } from "./verify.ts";

/** A cluster in which some servers' copies have the newest entry. The first server leads at the beginning. */
function cluster(copies: Readonly<Record<string, boolean>>) {
  const names = Object.keys(copies);
  let [leader = ""] = names;
  const leaders: string[] = [];
  const api = async (subject: string, request: { placement?: { preferred: string } }) => {
    if (subject === "$JS.API.STREAM.LEADER.STEPDOWN.FLEET") {
      leader = request.placement?.preferred ?? "";
      leaders.push(leader);
      return { success: true };
    }
    if (subject === "$JS.API.STREAM.INFO.FLEET") {
      const replicas = names.filter((name) => name !== leader).map((name) => ({ name, current: true }));
      const state = { messages: 9, first_seq: 1, last_seq: 9 };
      return { state, ...(names.length > 1 && { cluster: { leader, replicas } }) };
    }
    if (copies[leader]) return {};
    throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
  };
  const link = { api, logger: { info() {}, warn() {}, error() {} } } as unknown as Link;
  const verify = (mayHandOver = true) => verifyOrHandOver(link, "FLEET", () => {}, { mayHandOver });
  return { verify, leaders };
}

const damage = { name: "FleetError", code: "log-unavailable", advice: expect.stringContaining("store") };

describe("the newest entry", () => {
  it("is read from the leader", async () => {
    const { verify, leaders } = cluster({ a: true, b: false, c: false });
    await verify();
    expect(leaders).toEqual([]);
  });

  it("is read from another server if the leader has lost it", async () => {
    const { verify, leaders } = cluster({ a: false, b: false, c: true });
    await verify();
    expect(leaders).toEqual(["b", "c"]);
  });

  it("is lost if no server has it", async () => {
    const { verify, leaders } = cluster({ a: false, b: false, c: false });
    await expect(verify()).rejects.toMatchObject(damage);
    expect(leaders).toEqual(["b", "c"]);
  });

  it("is lost if the only server has lost it, or if this process may not change the leader", async () => {
    const one = cluster({ a: false });
    await expect(one.verify()).rejects.toMatchObject(damage);
    const { verify, leaders } = cluster({ a: false, b: true });
    await expect(verify(false)).rejects.toMatchObject(damage);
    expect([...one.leaders, ...leaders]).toEqual([]);
  });
});
