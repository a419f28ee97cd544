import { expect, it } from "vitest";
import { processLogger } from "./logging.ts";

it("the logger names the process in every line, and leaves out lines below the configured level", () => {
  const lines: object[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = processLogger({ logLevel: "warn" }, "gateway", { gateway: "edge-1" }, destination);
  logger.info("nothing");
  logger.warn({ count: 3 }, "something");
  expect(lines).toEqual([
    { level: 40, time: expect.any(Number), process: "gateway", gateway: "edge-1", count: 3, msg: "something" },
  ]);
});
