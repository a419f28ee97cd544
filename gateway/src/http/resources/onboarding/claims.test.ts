import { makeClaimCodes } from "@fleetlog/fleet";
import { testCaller } from "@fleetlog/fleet/testing";
import { expect, it } from "vitest";
import { withViews } from "../../../testing/test-node.ts";
import { testServer } from "../../../testing/test-server.ts";

it("only a person who has sent too many wrong claim codes has to wait, even with a right code", async () => {
  let now = Date.parse("2026-11-28T12:00:00Z");
  const { app, node, context, token } = await testServer({ clock: () => now });
  await withViews(node.backbone);
  const { operators } = context;
  const verify = operators.verify.bind(operators);
  operators.verify = (given) =>
    given === "lee" || given === "lee-key"
      ? Promise.resolve({
          kind: "person",
          id: given,
          name: "Lee",
          role: "operator",
          ...(given === "lee-key" && { apiKey: { owner: "lee" } }),
        })
      : verify(given);
  const claim = async (code: string, bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const { statusCode } = await app.inject({ method: "POST", url: "/api/claims", headers, payload: { code } });
    return statusCode;
  };
  const made = await makeClaimCodes(node.fleet, testCaller("ann", "c"), { count: 30 }, now);
  const [one = "", two = "", ...others] = made.codes.map(({ code }) => code);
  const right = await Promise.all(others.slice(0, 15).map((code) => claim(code, "lee")));
  expect(new Set(right)).toEqual(new Set([201]));
  const wrong = await Promise.all(Array.from({ length: 30 }, () => claim("WRONGCODE", "lee")));
  expect(wrong.filter((status) => status === 404)).toHaveLength(20);
  expect(wrong.filter((status) => status === 429)).toHaveLength(10);
  expect(await claim(one, "lee")).toBe(429);
  expect(await claim(one, "lee-key")).toBe(429);
  expect(await claim(two)).toBe(201);
  now += 5_000;
  expect(await claim(one, "lee")).toBe(201);
});
