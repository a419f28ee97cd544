import { findNatsServer } from "@fleetlog/infra/nats-server";
import { describe, it } from "vitest";

const { version } = await findNatsServer();
const [major = 0, minor = 0] = version.split(".").map(Number);

/** Whether the tests' nats-server stores many events as one batch with one sync. */
export const hasAtomicBatches = major > 2 || (major === 2 && minor >= 15);

/** With an older nats-server, the suite is one skipped test with the reason. */
export function suiteWithBatches(title: string, body: () => void): void {
  if (hasAtomicBatches) describe(title, body);
  else it.skip(`${title} (needs nats-server 2.15; this is ${version})`);
}
