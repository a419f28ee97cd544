import { expect, it } from "vitest";
import { JetStreamApiFailure } from "../connection/api-error.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { surelyLacks } from "./verify.ts";

function leader(...has: readonly number[]): ServerConnection {
  return leaderUpTo(100, has);
}

function leaderUpTo(lastSeq: number, has: readonly number[]): ServerConnection {
  return leaderOf(() => ({ lastSeq, has }));
}

/** @param now called for each request; `isInfo` if the request asks for the last sequence */
function leaderOf(now: (isInfo: boolean) => { lastSeq: number; has: readonly number[] }): ServerConnection {
  const api = async (subject: string, { seq }: { seq: number }) => {
    const isInfo = subject.startsWith("$JS.API.STREAM.INFO.");
    const { lastSeq, has } = now(isInfo);
    if (isInfo) return { state: { last_seq: lastSeq } };
    if (has.includes(seq)) return {};
    throw new JetStreamApiFailure({ code: 404, err_code: 10037, description: "no message found" });
  };
  return { api, logger: { warn() {} } } as unknown as ServerConnection;
}

it("the leader lacks a range of entries only if it lacks all of them", async () => {
  expect(await surelyLacks(leader(2, 7), "FLEET", 3, 6)).toBe(true);
  expect(await surelyLacks(leader(3), "FLEET", 3, 6)).toBe(false);
  expect(await surelyLacks(leader(6), "FLEET", 3, 6)).toBe(false);
  expect(await surelyLacks(leader(35, 36, 37, 38, 39, 40), "FLEET", 3, 40)).toBe(false);
});

it("entries do not count as missing while the leader has not applied them yet", async () => {
  expect(await surelyLacks(leaderUpTo(4, []), "FLEET", 3, 6)).toBe(false);
  expect(await surelyLacks(leaderUpTo(6, []), "FLEET", 3, 6)).toBe(true);
});

it("entries do not count as missing if the leader applies them just before it is asked for its last sequence", async () => {
  let hasApplied = false;
  const late = leaderOf((isInfo) => {
    hasApplied ||= isInfo;
    return hasApplied ? { lastSeq: 6, has: [1, 2, 3, 4, 5, 6] } : { lastSeq: 2, has: [1, 2] };
  });
  expect(await surelyLacks(late, "FLEET", 3, 6)).toBe(false);
});

it("entries do not count as missing while the leader can't be asked", async () => {
  const away = { ...leader(), api: () => Promise.reject(new Error("timeout")) } as unknown as ServerConnection;
  expect(await surelyLacks(away, "FLEET", 3, 6)).toBe(false);
});
