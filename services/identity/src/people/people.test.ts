import { memoryBackbone } from "@fleetlog/log";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { hashOf } from "../tokens.ts";
import { People } from "./people.ts";
import { PersonTokens } from "./person-tokens.ts";

const PASSWORD = "correct horse";
const ACCESS = { role: "operator", account: "north", tags: ["roof"] } as const;

let now: number;
let people: People;
let tokens: PersonTokens;
beforeEach(async () => {
  now = 1_000;
  const { buckets } = memoryBackbone();
  people = new People(buckets, hashOf, () => now);
  tokens = new PersonTokens(buckets, people, () => now);
  await people.add("p1", "Ada@Example.org", ACCESS);
});

const set = async (password: string, code?: string) =>
  people.setPassword("p1", await people.hashPassword("p1", password), code);
const signIn = async () => {
  await set(PASSWORD);
  const proof = await people.verifyPassword("ada@example.org", PASSWORD);
  if (proof === undefined) throw new Error("the password is not accepted");
  return proof;
};

describe("people", () => {
  it("sign in with their password and their address in any letter case", async () => {
    expect(await people.verifyPassword("ada@example.org", PASSWORD)).toBeUndefined();
    const proof = await signIn();
    const scope = { accounts: ["north"], tags: ["roof"] };
    expect(await people.verify(proof)).toMatchObject({ id: "p1", role: "operator", account: "north", scope });
    expect(await people.verifyPassword("ada@example.org", "wrong horse")).toBeUndefined();
    expect(await people.verifyPassword("eve@example.org", PASSWORD)).toBeUndefined();
  });

  it("block their address for other people until they end", async () => {
    await expect(people.add("p2", "ADA@example.org", ACCESS)).rejects.toMatchObject({ code: "person-exists" });
    const proof = await signIn();
    await people.end("p1");
    expect(await people.verify(proof)).toBeUndefined();
    expect(await people.verifyPassword("ada@example.org", PASSWORD)).toBeUndefined();
    expect(await set(PASSWORD)).toBeUndefined();
    await people.add("p2", "ada@example.org", ACCESS);
  });

  it("sign in with a reserved address only after the change, and then no longer with the earlier address", async () => {
    await signIn();
    await people.reserveEmail("p1", "Ada@example.com");
    await expect(people.add("p2", "ada@example.com", ACCESS)).rejects.toMatchObject({ code: "person-exists" });
    expect(await people.find("ada@example.com")).toBeUndefined();
    expect(await people.verifyPassword("ada@example.com", PASSWORD)).toBeUndefined();
    await people.changeEmail("p1", "ada@example.com");
    await people.changeEmail("p1", "ada@example.com");
    expect(await people.find("ada@example.org")).toBeUndefined();
    expect(await people.verifyPassword("ada@example.com", PASSWORD)).toMatchObject({ person: "p1" });
    await people.add("p2", "ada@example.org", ACCESS);
    await expect(people.reserveEmail("p1", "ada@example.org")).rejects.toMatchObject({ code: "person-exists" });
    expect(await people.find("ada@example.com")).toBe("p1");
  });

  it("free an address that they reserved before, and may go back to an earlier one", async () => {
    await people.reserveEmail("p1", "one@example.org");
    await people.reserveEmail("p1", "two@example.org");
    await expect(people.changeEmail("p1", "one@example.org")).rejects.toMatchObject({ code: "conflict" });
    await people.add("p2", "one@example.org", ACCESS);
    await people.changeEmail("p1", "two@example.org");
    await people.reserveEmail("p1", "ada@example.org");
    await people.changeEmail("p1", "ada@example.org");
    expect(await people.find("ada@example.org")).toBe("p1");
    await people.add("p3", "two@example.org", ACCESS);
  });

  it("free their address when their interrupted end is repeated", async () => {
    const { buckets } = memoryBackbone();
    const bucket = await buckets.open("people", { maxBytes: 1_000_000 });
    const own = new People({ open: async () => bucket }, hashOf);
    await own.add("p1", "ada@example.org", ACCESS);
    const first = await own.firstId("cy@example.org");
    expect(await own.firstId("Cy@example.org")).toBe(first);
    await own.add(first, "cy@example.org", ACCESS);
    const interrupted = vi.spyOn(bucket, "delete").mockRejectedValue(new Error("interrupted"));
    for (const person of ["p1", first]) await expect(own.end(person)).rejects.toThrow("interrupted");
    interrupted.mockRestore();
    for (const person of ["p1", first]) await own.end(person);
    await own.add("p2", "ada@example.org", ACCESS);
    expect(await own.firstId("cy@example.org")).not.toBe(first);
  });

  it("log in by a user name in any letter case, which nobody else can take until they change it or end", async () => {
    await signIn();
    expect(await people.setName("p1", " Countess ")).toBe(true);
    expect(await people.setName("p1", "countess")).toBe(true);
    expect(await people.verifyPassword("COUNTESS", PASSWORD)).toMatchObject({ person: "p1" });
    expect(await people.verifyPassword("countess", "wrong horse")).toBeUndefined();
    await people.add("p2", "eve@example.org", ACCESS);
    expect(await people.setName("p2", "Countess")).toBe(false);
    expect(await people.find("countess")).toBe("p1");
    expect(await people.setName("p1", "Ada")).toBe(true);
    expect(await people.find("countess")).toBeUndefined();
    expect(await people.setName("p2", "Countess")).toBe(true);
    expect(await people.setName("p1", undefined)).toBe(true);
    expect(await people.find("ada")).toBeUndefined();
    await people.end("p2");
    expect(await people.find("countess")).toBeUndefined();
  });

  it("are found again by a user name without a look-up for 400 ms; an unknown name is looked up each time", async () => {
    await signIn();
    expect(await people.findRecent("countess")).toBeUndefined();
    await people.setName("p1", "Countess");
    expect(await people.findRecent("countess")).toBe("p1");
    await people.setName("p1", undefined);
    expect(await people.findRecent("countess")).toBe("p1");
    const now = performance.now();
    const clock = vi.spyOn(performance, "now").mockReturnValue(now + 401);
    expect(await people.findRecent("countess")).toBeUndefined();
    clock.mockRestore();
  });

  it("keep a user name for an hour while they have not confirmed", async () => {
    await people.add("p2", "eve@example.org", ACCESS);
    await people.setName("p2", "Countess");
    now += 3_599_999;
    expect(await people.setName("p1", "Countess")).toBe(false);
    now++;
    expect(await people.setName("p1", "Countess")).toBe(true);
    expect(await people.setName("p2", "x")).toBe(true);
    expect(await people.find("Countess")).toBe("p1");
  });

  it("never log in by another's address as user name", async () => {
    await people.add("p2", "eve@example.org", ACCESS);
    expect(await people.setName("p1", "eve@example.org")).toBe(true);
    expect(await people.find("eve@example.org")).toBe("p2");
  });

  it("have changed access at once, and lose earlier sign-ins by a new password", async () => {
    const proof = await signIn();
    await people.changeAccess("p1", async () => ({ role: "viewer", account: "south" }));
    expect(await people.verify(proof)).toMatchObject({ role: "viewer", scope: { accounts: ["south"] } });
    const renewed = await set("another horse");
    expect(await people.verify(proof)).toBeUndefined();
    expect(await people.verify(renewed ?? proof)).toBeDefined();
  });

  it("can't set a password twice with one code", async () => {
    const proof = await set(PASSWORD, "code-1");
    expect(await set("another horse", "code-1")).toBeUndefined();
    expect(await people.verify(proof ?? { person: "", epoch: 0 })).toMatchObject({ id: "p1" });
    expect(await set("another horse", "code-2")).toBeDefined();
  });
});

describe("tokens of people", () => {
  async function refreshed(token: string) {
    const found = await tokens.refresh(token);
    return found && "pair" in found ? found.pair : undefined;
  }

  it("are valid for 15 minutes, and can be refreshed", async () => {
    const pair = await tokens.issue(await signIn());
    expect(await tokens.verify(pair.accessToken)).toMatchObject({ id: "p1" });
    expect(await tokens.verify(pair.refreshToken)).toBeUndefined();
    now = pair.expiresAt;
    tokens.forget();
    expect(await tokens.verify(pair.accessToken)).toBeUndefined();
    const next = await refreshed(pair.refreshToken);
    expect(await tokens.verify(next?.accessToken ?? "")).toMatchObject({ id: "p1" });
  });

  it("end, together with all tokens of the log-in, when a refresh token is used twice", async () => {
    const proof = await signIn();
    const [fresh, other] = [await tokens.issue(proof), await tokens.issue(proof)];
    const next = await refreshed(fresh.refreshToken);
    expect(await tokens.refresh(fresh.refreshToken)).toEqual({ reused: proof });
    expect(await tokens.verify(next?.accessToken ?? "")).toBeUndefined();
    expect(await tokens.refresh(next?.refreshToken ?? "")).toBeUndefined();
    expect(await tokens.verify(other.accessToken)).toBeDefined();
  });

  it("are given for at most one of two simultaneous uses of a refresh token; the other use is recorded as reuse", async () => {
    const proof = await signIn();
    const { refreshToken } = await tokens.issue(proof);
    const both = await Promise.all([tokens.refresh(refreshToken), tokens.refresh(refreshToken)]);
    expect(both).toContainEqual({ reused: proof });
    for (const one of both) if (one && "pair" in one) expect(await tokens.verify(one.pair.accessToken)).toBeUndefined();
  });

  it("can be refreshed during a proof of the person, which does not count as a second use of the refresh token", async () => {
    const { accessToken, refreshToken } = await tokens.issue(await signIn());
    const verify = vi.spyOn(people, "verify").mockImplementationOnce(async (proof) => {
      await tokens.proved(accessToken);
      return people.verify(proof);
    });
    const next = await refreshed(refreshToken);
    verify.mockRestore();
    expect(await tokens.verify(next?.accessToken ?? "")).toMatchObject({ id: "p1" });
    expect(await tokens.provedAt(accessToken)).toBe(now);
  });

  it("keep both changes when two calls change their family at the same moment", async () => {
    const { accessToken } = await tokens.issue(await signIn());
    const newest = await set("another horse");
    if (newest === undefined) throw new Error("no new password");
    now += 1_000;
    await Promise.all([tokens.proved(accessToken), tokens.renew(accessToken, newest)]);
    expect(await tokens.verify(accessToken)).toMatchObject({ id: "p1" });
    expect(await tokens.provedAt(accessToken)).toBe(now);
  });

  it("end with the person, by a log-out, and by a new password if they are not renewed", async () => {
    const a = await tokens.issue(await signIn());
    const renewed = await set("another horse");
    if (renewed === undefined) throw new Error("no new password");
    const fresh = await tokens.issue(renewed);
    expect(await tokens.verify(a.accessToken)).toBeUndefined();
    const newest = await set(PASSWORD);
    if (newest === undefined) throw new Error("no new password");
    await tokens.renew(fresh.accessToken, newest);
    expect(await tokens.verify(fresh.accessToken)).toBeDefined();
    await tokens.end(fresh.accessToken);
    expect(await tokens.verify(fresh.accessToken)).toBeUndefined();
    const last = await tokens.issue(newest);
    await people.end("p1");
    expect(await tokens.verify(last.accessToken)).toBeUndefined();
  });
});

it("the log-in of an access token outlasts the token, and ends with a log-out or with the person's sign-ins", async () => {
  const proof = await signIn();
  const [first, second] = [(await tokens.issue(proof)).accessToken, (await tokens.issue(proof)).accessToken];
  now += 16 * 60_000;
  expect(await tokens.verify(first)).toBeUndefined();
  expect(await tokens.personOfLogIn(first)).toMatchObject({ id: "p1" });
  const { accessToken } = await tokens.issue(proof);
  expect(await tokens.end(accessToken)).toBe(true);
  expect(await tokens.personOfLogIn(accessToken)).toBeUndefined();
  expect(await tokens.personOfLogIn("fla_wrong")).toBeUndefined();
  await people.end("p1");
  expect(await tokens.personOfLogIn(second)).toBeUndefined();
});
