import { loadSettings } from "@fleetlog/protocol/settings";
import { describe, expect, it } from "vitest";
import { partEnvironment } from "./environment.ts";

const shared = { natsUrl: "nats://127.0.0.1:1", dataDir: "/data", token: "secret" };
const env = { PATH: "/bin", FLEETLOG_HOST: "0.0.0.0", FLEETLOG_ADMIN_TOKEN: "given", FLEETLOG_LEASE_TTL: "5s" };

describe("partEnvironment", () => {
  it("gives every part valid settings, with what was settled over what was given", () => {
    const settled = { ...loadSettings(env), httpPort: 1, httpsPort: 2, mqttPort: 3, mqttsPort: 4 };
    const part = partEnvironment(env, settled, shared, { trusted: true });
    expect(loadSettings(part)).toMatchObject({
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
    expect(part.PATH).toBe("/bin");
  });

  it("sets up a part's runtime, and leaves the last word to who started the launcher", () => {
    const environment = { NODE_OPTIONS: "--max-semi-space-size=8", MALLOC_ARENA_MAX: "1" };
    const settings = loadSettings(env);
    expect(partEnvironment(env, settings, shared, { trusted: false, environment })).toMatchObject(environment);
    const given = { ...env, NODE_OPTIONS: "--max-semi-space-size=16", MALLOC_ARENA_MAX: "2" };
    expect(partEnvironment(given, settings, shared, { trusted: false, environment })).toMatchObject({
      NODE_OPTIONS: "--max-semi-space-size=8 --max-semi-space-size=16",
      MALLOC_ARENA_MAX: "2",
    });
    expect(partEnvironment(env, settings, shared, { trusted: false })).not.toHaveProperty("NODE_OPTIONS");
  });

  it("keeps the token from parts that do not need it", () => {
    const part = partEnvironment(env, loadSettings(env), shared, { trusted: false });
    expect(JSON.stringify(part)).not.toMatch(/secret|given/);
  });
});
