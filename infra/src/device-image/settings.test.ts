import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

const server = "mqtts://fleet.example:8883";
const ca = "authority.pem";
const REQUEST = {
  clientId: "b827eb000001",
  userName: "b827eb000001-77",
  password: "secret-1",
  activationKey: "secret-2",
};
const read = (given: unknown, more: { readonly server?: string; readonly ca?: string } = { server, ca }) =>
  readSettings({ name: "request.json", text: JSON.stringify(given), ...more }, new Date("2027-01-01T00:00:00Z"));

describe("readSettings", () => {
  it("makes settings of a provision request, whose body and answer are in one object", () => {
    expect(read({ ...REQUEST, id: "req-1", state: "CREATED", device: { id: "pump-7" } })).toEqual({
      settings: {
        enabled: true,
        provisioned: false,
        "client-id": REQUEST.clientId,
        username: REQUEST.userName,
        password: "secret-1",
        "activation-key": "secret-2",
        "broker-url": server,
        ca,
      },
      warnings: [],
    });
  });

  it("makes settings of a registered device", () => {
    const { settings, identity } = read({ id: "pump-7", token: "fld_1", name: "Pump" });
    const expected = { enabled: false, provisioned: true, "ca-authentication": false, "broker-url": server, ca };
    expect(settings).toEqual(expected);
    expect(identity).toEqual({ device: "pump-7", token: "fld_1", url: server, request: "registered" });
  });

  it("takes a settings file unchanged, except that --server replaces its address", () => {
    const own = { enabled: true, "broker-url": "mqtts://old", "retry-max-attempts": -1, proxy: "http://proxy:3128" };
    expect(read(own, { ca }).settings).toEqual({ ...own, ca });
    expect(read(own).settings).toEqual({ ...own, "broker-url": server, ca });
  });

  it.each([
    [{ ...REQUEST, userName: undefined }, {}, "request.json has no userName"],
    [{ ...REQUEST, password: undefined }, {}, "request.json has no password"],
    [{ name: "pump-7" }, {}, "has neither settings"],
    [[], {}, "--request: request.json is not a JSON object"],
    [REQUEST, { server: undefined }, "--server is needed"],
    [REQUEST, { server: "https://fleet.example" }, "--server can't be https://fleet.example"],
    [REQUEST, { ca: undefined }, "--authority is needed"],
    [{ ...REQUEST, expiresOn: "2026-12-31T00:00:00Z" }, {}, "--request has expired"],
  ])("refuses %j with %j", (given, more, message) => {
    const options = Object.entries({ server, ca, ...more }).filter(([, value]) => value !== undefined);
    expect(() => read(given, Object.fromEntries(options))).toThrow(message);
  });

  it("shows nothing of a file that is no JSON, since it may have secrets", () => {
    const bad = () => readSettings({ name: "request.json", text: "password=secret-1", server, ca });
    expect(bad).toThrow(/^--request: request\.json is not JSON$/);
  });

  it("warns of a connection without TLS, and of a used provision request", () => {
    expect(read({ ...REQUEST, state: "COMPLETED" }, { server: "mqtt://10.0.0.2", ca }).warnings).toEqual([
      expect.stringContaining("without TLS"),
      expect.stringContaining("COMPLETED"),
    ]);
  });
});
