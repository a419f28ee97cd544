import { randomBytes } from "node:crypto";
import type { ChannelSettings } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it } from "vitest";
import { ChannelSecrets } from "./channel-secrets.ts";
import { sealerOf } from "./installation/sealer.ts";

const settings: ChannelSettings = { kind: "webhook", url: "https://example.org/in", secret: "whsec_c2VjcmV0" };

it("settings and messages of channels are stored sealed, and can't be opened in another place", async () => {
  const { buckets } = memoryBackbone();
  const secrets = new ChannelSecrets(buckets, sealerOf(randomBytes(32)));
  await secrets.keepSettings("north/hook", "s1", settings);
  await secrets.keepMessage("d1", { to: ["ada@example.org"], text: "hot" });
  expect(await secrets.settings("north/hook", "s1")).toEqual(settings);
  expect(await secrets.settings("hook", "s1")).toBeUndefined();
  expect(await secrets.message("d1")).toEqual({ to: ["ada@example.org"], text: "hot" });
  for (const name of ["channels", "deliveries"]) {
    const bucket = await buckets.open(name, { maxBytes: 1 });
    const [entry] = await bucket.entries();
    expect(JSON.stringify(entry)).not.toMatch(/whsec|example|ada|hot/);
    await bucket.put("moved", entry?.value);
  }
  await expect(secrets.message("moved")).rejects.toMatchObject({ code: "internal" });
  await secrets.forgetSettings("north/hook", "s1");
  await secrets.forgetMessage("d1");
  expect([await secrets.settings("north/hook", "s1"), await secrets.message("d1")]).toEqual([undefined, undefined]);
});
