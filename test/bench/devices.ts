import type { Credentials } from "@fleetlog/simulators/load";
import type { Stack } from "../support/stack.ts";

export async function registerDevices({ api }: Stack, prefix: string, count: number): Promise<Credentials[]> {
  const credentials: Credentials[] = [];
  for (let from = 0; from < count; from += 50) {
    const ids = Array.from({ length: Math.min(50, count - from) }, (_, n) => `${prefix}-${from + n}`);
    credentials.push(
      ...(await Promise.all(ids.map(async (device) => ({ device, token: await api.register(device) })))),
    );
  }
  return credentials;
}

export const UNLIMITED = {
  FLEETLOG_DEVICE_RATE: "1000000",
  FLEETLOG_DEVICE_BURST: "1000000",
  FLEETLOG_DEVICE_BYTE_RATE: "1GiB",
  FLEETLOG_DEVICE_BYTE_BURST: "1GiB",
  FLEETLOG_DEVICE_LOGINS: "100000",
};
