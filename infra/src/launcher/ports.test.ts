import { once } from "node:events";
import { createServer } from "node:net";
import { loadSettings } from "@fleetlog/runtime/node";
import { describe, expect, it } from "vitest";
import { freePort, resolvePorts } from "./ports.ts";
import { type LauncherSettings, launcherSettings } from "./settings.ts";

const settings = (ports: Partial<LauncherSettings>) => ({ ...loadSettings(launcherSettings, {}), ...ports });

describe("resolvePorts", () => {
  it("finds a different free port for each 0, and leaves it free", async () => {
    const { httpPort, mqttPort, mqttsPort } = await resolvePorts(settings({ httpPort: 0, mqttPort: 0, mqttsPort: 0 }));
    expect(httpPort).toBeGreaterThan(0);
    expect(mqttPort).not.toBe(httpPort);
    expect(mqttsPort).toBe(0);
    expect(await resolvePorts(settings({ httpPort, mqttPort }))).toMatchObject({ httpPort, mqttPort });
  });

  it.each([
    ["mqttsPort", /^Port \d+ on 127.0.0.1 \(MQTT over TLS\).*FLEETLOG_MQTTS_PORT=/],
    ["httpsPort", /^Port \d+ on 127.0.0.1 \(HTTPS and WebSocket over TLS\).*FLEETLOG_HTTPS_PORT=/],
  ] as const)("checks %s when there is a certificate", async (key, taken) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const free = { httpPort: 0, httpsPort: 0, mqttPort: 0, mqttsPort: 0, tlsCert: "/cert" };
    await expect(resolvePorts(settings({ ...free, [key]: port }))).rejects.toThrow(taken);
    other.close();
  });

  it("checks the TLS ports with FLEETLOG_TLS=auto", async () => {
    const free = { httpPort: 0, httpsPort: 0, mqttPort: 0, mqttsPort: 0, tls: "auto" } as const;
    const { httpsPort, mqttsPort } = await resolvePorts(settings(free));
    expect(httpsPort).toBeGreaterThan(0);
    expect(mqttsPort).toBeGreaterThan(0);
  });

  it("names the setting when the host is no address of this machine", async () => {
    for (const host of ["192.0.2.1", "no-such-host.invalid"])
      await expect(resolvePorts(settings({ host, httpPort: 0 }))).rejects.toThrow(`FLEETLOG_HOST is ${host}, not an`);
  });
});

describe("freePort", () => {
  it("chooses another port if the preferred port is taken, or another process will use that port", async () => {
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
