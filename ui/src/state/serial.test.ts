import { expect, it } from "vitest";
import { Serial } from "./serial.ts";

it("does one thing at a time, and once more for all that came meanwhile", async () => {
  const begun: (() => void)[] = [];
  const serial = new Serial(() => new Promise((resolve) => void begun.push(resolve)));
  for (let asked = 0; asked < 5; asked++) serial.run();
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
