import { expect, it } from "vitest";
import { Serial } from "./serial.ts";

it("runs one action at a time, and once more for all requests during a run", async () => {
  const begun: (() => void)[] = [];
  const serial = new Serial(() => new Promise((resolve) => void begun.push(resolve)));
  for (let runs = 0; runs < 5; runs++) serial.run();
  expect(begun).toHaveLength(1);
  begun[0]?.();
  await Promise.resolve();
  expect(begun).toHaveLength(2);
  begun[1]?.();
  await Promise.resolve();
  expect(begun).toHaveLength(2);
  await Promise.resolve();
  serial.run();
  expect(begun).toHaveLength(3);
});
