import { memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
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

it("concurrent searches for lost links share one read of all links", async () => {
  const bucket = await memoryBackbone().buckets.open("open-ids", { maxBytes: 2 ** 20 });
  const entries = vi.spyOn(bucket, "entries");
  const links = new OpenIdLinks({ open: async () => bucket });
  await links.bind("identity.a", "ada", "l1");
  const found = await Promise.all(["identity.a", "identity.a", "identity.b"].map((key) => links.linksTo(key)));
  expect(found).toEqual([[{ person: "ada", link: "l1" }], [{ person: "ada", link: "l1" }], []]);
  expect(entries).toHaveBeenCalledTimes(1);
  await links.bind("identity.b", "bob", "l2");
  expect(await links.linksTo("identity.b")).toEqual([{ person: "bob", link: "l2" }]);
});
