import { FleetError } from "@fleetlog/domain";
import { memoryBackbone } from "@fleetlog/log";
import { expect, it, vi } from "vitest";
import { CHECKPOINTS } from "../../checkpoint.ts";
import { FeedPositions } from "./positions.ts";

it("a batch whose range can't be saved is not begun, because another process could send other events under the same id", async () => {
  const { buckets } = memoryBackbone();
  const bucket = await buckets.open(CHECKPOINTS.name, { maxBytes: CHECKPOINTS.maxBytes });
  const positions = await FeedPositions.open({ ...buckets, open: async () => bucket });
  const range = { stream: "FLEET", from: 3, through: 4, count: 2 } as const;
  vi.spyOn(bucket, "put").mockRejectedValueOnce(new FleetError("log-unavailable", "away"));
  await expect(positions.begin("hook", 1, range)).rejects.toMatchObject({ code: "log-unavailable" });
  expect(await positions.begunBy("hook", 1)).toBeUndefined();
  await positions.begin("hook", 1, { ...range, through: 9 });
  expect(await (await FeedPositions.open(buckets)).begunBy("hook", 1)).toMatchObject({ from: 3, through: 9 });
});
