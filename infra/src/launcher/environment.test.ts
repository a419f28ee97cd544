import { loadSettings } from "@fleetlog/runtime/node";
import { describe, expect, it } from "vitest";
import { newPasswords } from "../nats-server/index.ts";
import { processEnvironment } from "./environment.ts";
import { launcherSettings } from "./settings.ts";

const nats = { url: "nats://127.0.0.1:1", sync: "always", passwords: newPasswords() };
const shared = { nats, dataDir: "/data", token: "Qe7vKx2mN9sT4bLw" };
const env = {
  PATH: "/bin",
  FLEETLOG_HOST: "0.0.0.0",
  FLEETLOG_ADMIN_TOKEN: "Zu3hPd8yRf6cGj1a",
  FLEETLOG_LEASE_TTL: "5s",
};

describe("processEnvironment", () => {
  it("gives every process valid settings, in which the launcher's values override the operator's", () => {
    const resolved = { ...loadSettings(launcherSettings, env), httpPort: 1, httpsPort: 2, mqttPort: 3, mqttsPort: 4 };
    const environment = processEnvironment(env, resolved, shared, { trusted: true, natsRole: "gateway" });
    expect(loadSettings(launcherSettings, environment)).toMatchObject({
      httpPort: 1,
      httpsPort: 2,
      mqttPort: 3,
      mqttsPort: 4,
      host: "0.0.0.0",
      natsUrl: nats.url,
      natsUser: "gateway",
      natsPassword: nats.passwords.gateway,
      natsSync: "always",
      dataDir: "/data",
      adminToken: "Qe7vKx2mN9sT4bLw",
      leaseTtl: 5_000,
    });
    expect(environment.PATH).toBe("/bin");
  });

  it("gives the installation key only to processes that seal", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = { ...env, FLEETLOG_INSTALLATION_KEY: "given-installation-key" };
    const keyFor = (seals: { seals?: true }) =>
      processEnvironment(given, settings, shared, { trusted: true, ...seals }).FLEETLOG_INSTALLATION_KEY;
    expect(keyFor({ seals: true })).toBe("given-installation-key");
    expect(keyFor({})).toBeUndefined();
    expect(processEnvironment(env, settings, shared, { trusted: true, seals: true })).not.toHaveProperty(
      "FLEETLOG_INSTALLATION_KEY",
    );
  });

  it("gives the mail server only to the process that sends mails, which then gets the installation key, too", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = {
      ...env,
      FLEETLOG_INSTALLATION_KEY: "given-installation-key",
      FLEETLOG_SMTP_URL: "smtp://u:p@mail.example:25",
    };
    const environmentFor = (env: NodeJS.ProcessEnv, own: { seals?: true; mails?: true }) => {
      const given = processEnvironment(env, settings, shared, { trusted: false, ...own });
      return [given.FLEETLOG_SMTP_URL, given.FLEETLOG_INSTALLATION_KEY];
    };
    expect(environmentFor(given, { mails: true })).toEqual([given.FLEETLOG_SMTP_URL, "given-installation-key"]);
    expect(environmentFor(given, { seals: true })).toEqual([undefined, "given-installation-key"]);
    const { FLEETLOG_SMTP_URL: _, ...without } = given;
    expect(environmentFor(without, { mails: true })).toEqual([undefined, undefined]);
  });

  it("passes a process its runtime options, and lets the operator's options override them", () => {
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

  it("gives each process its own password for the launcher's NATS, and no password to processes without NATS", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = { ...env, FLEETLOG_NATS_TOKEN: "operators", FLEETLOG_NATS_PORT: "1" };
    const reactors = JSON.stringify(
      processEnvironment(given, settings, shared, { trusted: false, natsRole: "reactors" }),
    );
    expect(reactors).toContain(nats.passwords.reactors);
    for (const user of ["gateway", "projector", "operator", "launcher"] as const)
      expect(reactors).not.toContain(nats.passwords[user]);
    expect(reactors).not.toContain("operators");
    expect(JSON.stringify(processEnvironment(given, settings, shared, { trusted: true }))).not.toContain("NATS");
  });

  it("passes the operator's settings for another NATS only to processes that use NATS", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = { ...env, FLEETLOG_NATS_URL: "tls://nats:4222", FLEETLOG_NATS_TOKEN: "operators" };
    const other = { ...shared, nats: undefined };
    expect(processEnvironment(given, settings, other, { trusted: false, natsRole: "projector" })).toMatchObject({
      FLEETLOG_NATS_URL: "tls://nats:4222",
      FLEETLOG_NATS_TOKEN: "operators",
    });
    expect(JSON.stringify(processEnvironment(given, settings, other, { trusted: true }))).not.toContain("NATS");
  });

  it("does not give the token to processes that do not need it", () => {
    const environment = processEnvironment(env, loadSettings(launcherSettings, env), shared, { trusted: false });
    expect(JSON.stringify(environment)).not.toMatch(/secret|given/);
  });
});
