import { gatewaySettings } from "@fleetlog/gateway/settings";
import { projectorSettings } from "@fleetlog/projections/settings";
import { loadSettings } from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";
import { describe, expect, it } from "vitest";
import { newPasswords } from "../nats-server/index.ts";
import { processEnvironment } from "./environment.ts";
import { ownProcesses } from "./own-processes.ts";
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
    const environment = processEnvironment(env, resolved, shared, {
      settings: gatewaySettings,
      natsRole: "gateway",
    });
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

  it("gives each process the secrets that it uses, whichever of them are set, and no others", () => {
    const settings = loadSettings(launcherSettings, env);
    const secrets = {
      FLEETLOG_INSTALLATION_KEY: "given-installation-key",
      FLEETLOG_OIDC_CLIENT_SECRET: "given-client-secret",
      FLEETLOG_SMTP_URL: "smtp://u:p@mail.example:25",
      FLEETLOG_FLEET_ENROLMENT_SECRET: "given-enrolment-secret",
    };
    const secretsOf = (given: NodeJS.ProcessEnv) =>
      Object.fromEntries(
        ownProcesses.map((own) => {
          const environment = processEnvironment({ ...env, ...given }, settings, shared, own);
          const names = Object.keys(secrets).filter((name) => environment[name] !== undefined);
          for (const name of names) expect(environment[name]).toBe(given[name]);
          expect([undefined, shared.token]).toContain(environment.FLEETLOG_ADMIN_TOKEN);
          return [own.name, [...(environment.FLEETLOG_ADMIN_TOKEN === undefined ? [] : ["token"]), ...names]];
        }),
      );
    expect(secretsOf(secrets)).toEqual({
      projector: [],
      gateway: ["token", "FLEETLOG_INSTALLATION_KEY", "FLEETLOG_OIDC_CLIENT_SECRET"],
      reactors: ["FLEETLOG_INSTALLATION_KEY", "FLEETLOG_SMTP_URL"],
      historian: ["FLEETLOG_INSTALLATION_KEY"],
      fleet: ["token", "FLEETLOG_FLEET_ENROLMENT_SECRET"],
    });
    // Reactors need the key without a mail server, too: for channels and for catalogues.
    expect(secretsOf({ FLEETLOG_INSTALLATION_KEY: "given-installation-key" })).toEqual({
      projector: [],
      gateway: ["token", "FLEETLOG_INSTALLATION_KEY"],
      reactors: ["FLEETLOG_INSTALLATION_KEY"],
      historian: ["FLEETLOG_INSTALLATION_KEY"],
      fleet: ["token"],
    });
  });

  it("passes a process its runtime options, and lets the operator's options override them", () => {
    const environment = { NODE_OPTIONS: "--max-semi-space-size=8", MALLOC_ARENA_MAX: "1" };
    const settings = loadSettings(launcherSettings, env);
    expect(processEnvironment(env, settings, shared, { settings: projectorSettings, environment })).toMatchObject(
      environment,
    );
    const given = { ...env, NODE_OPTIONS: "--max-semi-space-size=16", MALLOC_ARENA_MAX: "2" };
    expect(processEnvironment(given, settings, shared, { settings: projectorSettings, environment })).toMatchObject({
      NODE_OPTIONS: "--max-semi-space-size=8 --max-semi-space-size=16",
      MALLOC_ARENA_MAX: "2",
    });
    expect(processEnvironment(env, settings, shared, { settings: projectorSettings })).not.toHaveProperty(
      "NODE_OPTIONS",
    );
  });

  it("gives each process its own password for the launcher's NATS, and no password to processes without NATS", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = { ...env, FLEETLOG_NATS_TOKEN: "operators", FLEETLOG_NATS_PORT: "1" };
    const reactors = JSON.stringify(
      processEnvironment(given, settings, shared, { settings: projectorSettings, natsRole: "reactors" }),
    );
    expect(reactors).toContain(nats.passwords.reactors);
    for (const user of ["gateway", "projector", "operator", "launcher"] as const)
      expect(reactors).not.toContain(nats.passwords[user]);
    expect(reactors).not.toContain("operators");
    expect(JSON.stringify(processEnvironment(given, settings, shared, { settings: simulatorSettings }))).not.toContain(
      "NATS",
    );
  });

  it("passes the operator's settings for another NATS only to processes that use NATS", () => {
    const settings = loadSettings(launcherSettings, env);
    const given = { ...env, FLEETLOG_NATS_URL: "tls://nats:4222", FLEETLOG_NATS_TOKEN: "operators" };
    const other = { ...shared, nats: undefined };
    expect(
      processEnvironment(given, settings, other, { settings: projectorSettings, natsRole: "projector" }),
    ).toMatchObject({
      FLEETLOG_NATS_URL: "tls://nats:4222",
      FLEETLOG_NATS_TOKEN: "operators",
    });
    expect(JSON.stringify(processEnvironment(given, settings, other, { settings: simulatorSettings }))).not.toContain(
      "NATS",
    );
  });
});
