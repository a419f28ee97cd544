import { describe, expect, it } from "vitest";
import { reachOf, snippetsOf } from "./snippets.ts";
import { freeId, suggestedId } from "./suggestion.ts";
import { faultsOf, fieldOf, idFault } from "./validation.ts";

/** Random numbers from 0 to below 1, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe("suggested ids", () => {
  it("are valid, have three parts, and rarely repeat", () => {
    const random = numbers(1);
    const many = Array.from({ length: 1_000 }, () => suggestedId(random));
    for (const id of many) {
      expect(id).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
      expect(idFault(id)).toBe("");
    }
    expect(new Set(many).size).toBeGreaterThan(980);
    expect(suggestedId(() => 0.999_999)).toMatch(/-99$/);
  });

  it("are never an id in use", async () => {
    const taken = new Set<string>();
    const requested: string[] = [];
    const id = await freeId(async (ids) => {
      // All ids of the first two rounds are in use.
      if (requested.length < 10) for (const one of ids) taken.add(one);
      requested.push(...ids);
      return taken;
    }, numbers(2));
    expect(requested.length).toBeGreaterThan(10);
    expect(taken.has(id)).toBe(false);
  });
});

describe("validation", () => {
  it.each([
    ["", /needs an id/],
    ["a b", /^A space cannot/],
    ["pump/1", /^“\/” cannot/],
    ["pümp", /^“ü” cannot/],
    ["🚀", /^“🚀” cannot/],
    ["-pump", /begins with/],
    ["x".repeat(129), /at most 128 characters; this one has 129/],
  ])("refuses %j", (id, fault) => expect(idFault(id)).toMatch(fault));

  it.each(["a", "0", "00:1B:44:11:3A:B7", "thermometer_1-a", "x".repeat(128)])("accepts %s", (id) =>
    expect(idFault(id)).toBe(""),
  );

  it("names the invalid fields of the form, also for a field named by the gateway", () => {
    expect(Object.keys(faultsOf({ id: "", name: "n".repeat(129) }))).toEqual(["id", "name"]);
    expect(faultsOf({ id: "pump-1", name: "Pump", tags: ["a"] })).toEqual({});
    expect(["tags[0]", "id", "name", "token", "identity", undefined].map(fieldOf)).toEqual([
      "tags",
      "id",
      "name",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the gateway's address for devices", () => {
  const ports = { mqtt: 1883, mqtts: 8883 };

  it("is the host that the page was loaded from", () => {
    expect(reachOf({ protocol: "http:", hostname: "10.0.0.5", port: "8080" }, ports)).toEqual({
      host: "10.0.0.5",
      httpPort: 8080,
      mqttPort: 1883,
      secure: false,
      mqttSecure: false,
    });
  });

  it("uses TLS if the page was loaded with TLS, but for MQTT only if the gateway has a port with TLS", () => {
    const location = { protocol: "https:", hostname: "fleet.example", port: "" };
    expect(reachOf(location, ports)).toMatchObject({ httpPort: 443, mqttPort: 8883, secure: true, mqttSecure: true });
    expect(reachOf(location, { mqtts: 8883 })).toMatchObject({ mqttPort: 8883, mqttSecure: true });
    expect(reachOf(location, {}).mqttPort).toBeUndefined();
    expect(reachOf(location, { mqtt: 1883 })).toMatchObject({ mqttPort: 1883, secure: true, mqttSecure: false });
  });
});

describe("snippets", () => {
  const local = { host: "127.0.0.1", httpPort: 8080, mqttPort: 1883, secure: false, mqttSecure: false };
  const credentials = { id: "calm-otter-47", token: "s3cret_-token" };
  const codes = (reach: typeof local, given = credentials) =>
    snippetsOf(reach, given).map(({ parts }) => parts.map(({ code }) => code).join("\n"));

  it("contain the gateway's address and the device's credentials", () => {
    const [websocket, mqtt, mosquitto] = codes(local);
    expect(websocket).toContain('"ws://127.0.0.1:8080/device"');
    for (const code of [websocket, mqtt]) {
      expect(code).toContain('const id = "calm-otter-47";');
      expect(code).toContain('const token = "s3cret_-token";');
    }
    expect(mqtt).toContain('"mqtt://127.0.0.1:1883"');
    expect(mosquitto).toContain("-h 127.0.0.1 -p 1883 -i calm-otter-47 -u calm-otter-47 \\\n  -P s3cret_-token");
  });

  it("use TLS if the gateway does, and omit the default port of HTTPS", () => {
    const [websocket, mqtt, mosquitto] = codes({
      host: "fleet.example",
      httpPort: 443,
      mqttPort: 8883,
      secure: true,
      mqttSecure: true,
    });
    expect(websocket).toContain('"wss://fleet.example/device"');
    expect(mqtt).toContain('"mqtts://fleet.example:8883"');
    expect(mosquitto).toContain("-p 8883 --tls-use-os-certs");
  });

  it("write an IPv6 address with brackets in URLs, and without brackets for mosquitto", () => {
    const [websocket, mqtt, mosquitto] = codes({ ...local, host: "::1" });
    expect(websocket).toContain('"ws://[::1]:8080/device"');
    expect(mqtt).toContain('"mqtt://[::1]:1883"');
    expect(mosquitto).toContain("-h ::1 -p");
  });

  it("quote special characters for a shell and for JavaScript", () => {
    const [websocket, mqtt, mosquitto] = codes(local, { id: "a", token: `x"y'z $(reboot)` });
    for (const code of [websocket, mqtt]) expect(code).toContain(JSON.stringify(`x"y'z $(reboot)`));
    expect(mosquitto).toContain(`-P 'x"y'\\''z $(reboot)'`);
  });
});
