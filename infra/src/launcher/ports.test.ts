import { once } from "node:events";
import { createServer } from "node:net";
import { loadSettings, type Settings } from "@fleetlog/protocol/settings";
import { describe, expect, it } from "vitest";
import { freePort, settlePorts } from "./ports.ts";

const settings = (ports: Partial<Settings>) => ({ ...loadSettings({}), ...ports });

describe("settlePorts", () => {
  it("finds a port for each 0, no two alike, and leaves them free", async () => {
    const { httpPort, mqttPort, mqttsPort } = await settlePorts(settings({ httpPort: 0, mqttPort: 0, mqttsPort: 0 }));
    expect(httpPort).toBeGreaterThan(0);
    expect(mqttPort).not.toBe(httpPort);
    expect(mqttsPort).toBe(0);
    expect(await settlePorts(settings({ httpPort, mqttPort }))).toMatchObject({ httpPort, mqttPort });
  });

  it.each([
    ["mqttsPort", /^Port \d+ on 127.0.0.1 \(MQTT over TLS\).*FLEETLOG_MQTTS_PORT=/],
    ["httpsPort", /^Port \d+ on 127.0.0.1 \(HTTPS and WebSocket over TLS\).*FLEETLOG_HTTPS_PORT=/],
  ] as const)("claims %s when there is a certificate", async (key, taken) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const free = { httpPort: 0, httpsPort: 0, mqttPort: 0, mqttsPort: 0, tlsCert: "/cert" };
    await expect(settlePorts(settings({ ...free, [key]: port }))).rejects.toThrow(taken);
    other.close();
  });

  it("says which setting is meant when the host is none of this machine's", async () => {
    for (const host of ["192.0.2.1", "no-such-host.invalid"])
      await expect(settlePorts(settings({ host, httpPort: 0 }))).rejects.toThrow(`FLEETLOG_HOST is ${host}, not an`);
  });
});

describe("freePort", () => {
  it("gives way to a port that is taken, or that somebody will take", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    expect(await freePort(port, "127.0.0.1", [])).not.toBe(port);
    other.close();
    await once(other, "close");
    expect(await freePort(port, "127.0.0.1", [])).toBe(port);
    expect(await freePort(port, "127.0.0.1", [port])).not.toBe(port);
  });
});
