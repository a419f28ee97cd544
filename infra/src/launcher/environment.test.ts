import { loadSettings } from "@fleetlog/runtime/node";
import { describe, expect, it } from "vitest";
import { processEnvironment } from "./environment.ts";
import { launcherSettings } from "./settings.ts";

const shared = { natsUrl: "nats://127.0.0.1:1", dataDir: "/data", token: "secret" };
const env = { PATH: "/bin", FLEETLOG_HOST: "0.0.0.0", FLEETLOG_ADMIN_TOKEN: "given", FLEETLOG_LEASE_TTL: "5s" };

describe("processEnvironment", () => {
  it("gives every process valid settings, in which determined values override given ones", () => {
    const resolved = { ...loadSettings(launcherSettings, env), httpPort: 1, httpsPort: 2, mqttPort: 3, mqttsPort: 4 };
    const environment = processEnvironment(env, resolved, shared, { trusted: true });
    expect(loadSettings(launcherSettings, environment)).toMatchObject({
      httpPort: 1,
      httpsPort: 2,
      mqttPort: 3,
      mqttsPort: 4,
      host: "0.0.0.0",
      natsUrl: shared.natsUrl,
      dataDir: "/data",
      adminToken: "secret",
      leaseTtl: 5_000,
    });
    expect(environment.PATH).toBe("/bin");
  });

  it("passes a process its runtime options, and the operator's override them", () => {
    const environment = { NODE_OPTIONS: "--max-semi-space-size=8", MALLOC_ARENA_MAX: "1" };
    const settings = loadSettings(launcherSettings, env);
    expect(processEnvironment(env, settings, shared, { trusted: false, environment })).toMatchObject(environment);
    const given = { ...env, NODE_OPTIONS: "--max-semi-space-size=16", MALLOC_ARENA_MAX: "2" };
    expect(processEnvironment(given, settings, shared, { trusted: false, environment })).toMatchObject({
      NODE_OPTIONS: "--max-semi-space-size=8 --max-semi-space-size=16",
      MALLOC_ARENA_MAX: "2",
    });
    expect(processEnvironment(env, settings, shared, { trusted: false })).not.toHaveProperty("NODE_OPTIONS");
  });

  it("does not give the token to processes that do not need it", () => {
    const environment = processEnvironment(env, loadSettings(launcherSettings, env), shared, { trusted: false });
    expect(JSON.stringify(environment)).not.toMatch(/secret|given/);
  });
});
