import { randomBytes } from "node:crypto";
import type { ChannelSettings } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { ChannelVault } from "./channel-vault.ts";
import { sealerOf } from "./installation/sealer.ts";

const settings: ChannelSettings = { kind: "webhook", url: "https://example.org/in", secret: "whsec_c2VjcmV0" };

it("keeps settings and messages sealed, each in its own place", async () => {
  const { buckets } = memoryBackbone();
  const vault = new ChannelVault(buckets, sealerOf(randomBytes(32)));
  await vault.keepSettings("north/hook", "s1", settings);
  await vault.keepMessage("d1", { to: ["ada@example.org"], text: "hot" });
  expect(await vault.settings("north/hook", "s1")).toEqual(settings);
  expect(await vault.settings("hook", "s1")).toBeUndefined();
  expect(await vault.message("d1")).toEqual({ to: ["ada@example.org"], text: "hot" });
  for (const name of ["channels", "deliveries"]) {
    const bucket = await buckets.open(name, { maxBytes: 1 });
    const [entry] = await bucket.entries();
    expect(JSON.stringify(entry)).not.toMatch(/whsec|example|ada|hot/);
    await bucket.put("moved", entry?.value);
  }
  await expect(vault.message("moved")).rejects.toMatchObject({ code: "internal" });
  await vault.forgetSettings("north/hook", "s1");
  await vault.forgetMessage("d1");
  expect([await vault.settings("north/hook", "s1"), await vault.message("d1")]).toEqual([undefined, undefined]);
});
