import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { OpenIdLinks } from "./links.ts";

it("an ended person's identity is given to another person once", async () => {
  const links = new OpenIdLinks(memoryBackbone().buckets);
  await links.bind("identity.a", "ada", "l1");
  expect(await links.rebind("identity.a", { person: "ada", link: "l0" }, "eve", "l2")).toBe(false);
  expect(await links.rebind("identity.a", { person: "ada", link: "l1" }, "ada-2", "l3")).toBe(true);
  expect(await links.rebind("identity.a", { person: "ada", link: "l1" }, "ada-3", "l4")).toBe(false);
  await links.unbind("ada", "l1");
  expect(await links.find("identity.a")).toEqual({ person: "ada-2", link: "l3" });
});

it("an identity is bound to one person, until its link is unbound", async () => {
  const links = new OpenIdLinks(memoryBackbone().buckets);
  expect(await links.find("identity.a")).toBeUndefined();
  expect(await links.bind("identity.a", "ada", "l1")).toBe(true);
  expect(await links.bind("identity.a", "bob", "l2")).toBe(false);
  expect(await links.find("identity.a")).toEqual({ person: "ada", link: "l1" });
  await links.unbind("bob", "l2");
  await links.unbind("bob", "l1");
  expect(await links.find("identity.a")).toEqual({ person: "ada", link: "l1" });
  await links.unbind("ada", "l1");
  await links.unbind("ada", "l1");
  expect(await links.find("identity.a")).toBeUndefined();
  expect(await links.bind("identity.a", "bob", "l3")).toBe(true);
});
