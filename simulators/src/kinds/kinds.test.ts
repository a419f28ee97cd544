import { describe, expect, it } from "vitest";
import { eventsOf, profileOf, simulate, telemetryOf } from "../testing/simulate.ts";
import { gpioBoard } from "./gpio-board.ts";
import { kinds } from "./index.ts";
import { modem } from "./modem.ts";
import { thermometer } from "./thermometer.ts";

describe.each(kinds)("$name", (kind) => {
  it("reports a profile with its commands as JSON Schema", async () => {
    const { device, gateway } = await simulate(kind);
    const profile = profileOf(gateway.messages);
    expect(profile).toMatchObject({ model: expect.any(String), serial: "S1", firmware: expect.any(String) });
    const described = (profile?.commands ?? []) as Record<string, unknown>[];
    expect(described.length).toBeGreaterThan(0);
    for (const each of described)
      expect(each).toEqual({
        name: expect.stringMatching(/^[a-z-]+$/),
        title: expect.any(String),
        description: expect.any(String),
        params: expect.objectContaining({ type: "object", properties: expect.any(Object) }),
      });
    await device.stop();
  });

  it("behaves alike with the same seed, and differently with another seed", async () => {
    const behaviour = async (seed: number) => {
      const { device, gateway, clock } = await simulate(kind, seed);
      await clock.advance(120_000);
      await device.stop();
      return [profileOf(gateway.messages), telemetryOf(gateway.messages), eventsOf(gateway.messages)];
    };
    const once = JSON.stringify(await behaviour(7));
    expect(JSON.stringify(await behaviour(7))).toBe(once);
    expect(JSON.stringify(await behaviour(8))).not.toBe(once);
  });

  it("reports nothing after it was stopped", async () => {
    const { device, gateway, clock } = await simulate(kind);
    await device.stop();
    const before = gateway.messages.length;
    await clock.advance(600_000);
    expect(gateway.messages).toHaveLength(before);
    expect(clock.untilNext).toBeUndefined();
  });
});

describe("thermometer", () => {
  it("is warmer in the afternoon than before dawn", async () => {
    const mean = async (hour: number) => {
      const simulated = await simulate(thermometer, 3);
      await simulated.clock.advance(hour * 3_600_000);
      const values = telemetryOf(simulated.gateway.messages).slice(-100);
      await simulated.device.stop();
      return values.reduce((sum, { celsius }) => sum + Number(celsius), 0) / values.length;
    };
    expect(await mean(16)).toBeGreaterThan((await mean(5)) + 4);
  });

  it("raises an alarm once when it gets too hot and clears it once when it has cooled down", async () => {
    for (let nth = 1; nth <= thermometer.locations.length; nth++) {
      const { device, gateway, clock } = await simulate(thermometer, 2, nth);
      await clock.advance(24 * 3_600_000);
      await device.stop();
      const alarms = eventsOf(gateway.messages);
      expect(alarms.length).toBeGreaterThan(1);
      for (const [index, { name, data }] of alarms.entries()) {
        expect(name).toBe(index % 2 === 0 ? "alarm-raised" : "alarm-cleared");
        const { celsius, threshold } = data as { celsius: number; threshold: number };
        expect(index % 2 === 0 ? celsius > threshold : celsius < threshold - 1).toBe(true);
      }
    }
  });

  it("measures on command, and reports at the configured interval", async () => {
    const { device, gateway, clock, command } = await simulate(thermometer);
    expect(await command("read-now")).toMatchObject({ ok: true, result: { celsius: expect.any(Number) } });
    expect(await command("set-interval", { seconds: 60 })).toMatchObject({ ok: true, result: { seconds: 60 } });
    const before = telemetryOf(gateway.messages).length;
    await clock.advance(600_000);
    expect(telemetryOf(gateway.messages).length - before).toBe(10);
    expect(await command("set-interval", { seconds: 0 })).toMatchObject({ error: { code: "invalid-params" } });
    expect(await command("set-alarm", { celsius: 10 })).toMatchObject({ ok: true, result: { celsius: 10 } });
    await clock.advance(60_000);
    expect(eventsOf(gateway.messages).at(-1)).toMatchObject({ name: "alarm-raised", data: { threshold: 10 } });
    expect(await command("set-interval", "often")).toMatchObject({ error: { code: "invalid-params" } });
    await device.stop();
  });
});

describe("gpio-board", () => {
  it("sets and reads its pins, and reports changes", async () => {
    const { device, gateway, command } = await simulate(gpioBoard);
    expect(await command("get-gpio", { number: 3 })).toMatchObject({ ok: true, result: { number: 3, value: 0 } });
    for (let time = 0; time < 2; time++)
      expect(await command("set-gpio", { number: 3, value: 1 })).toMatchObject({ result: { number: 3, value: 1 } });
    expect(await command("get-gpio", { number: 3 })).toMatchObject({ ok: true, result: { number: 3, value: 1 } });
    const changes = eventsOf(gateway.messages);
    expect(changes).toMatchObject([{ name: "pin-changed", data: { number: 3, value: 1, by: "command" } }]);
    for (const params of [{ number: 8, value: 1 }, { number: 0, value: 2 }, { number: 0 }, {}])
      expect(await command("set-gpio", params)).toMatchObject({ ok: false, error: { code: "invalid-params" } });
    await device.stop();
  });

  it("pulses a pin, and answers when the pin has its old value again", async () => {
    const { device, gateway, clock, command } = await simulate(gpioBoard);
    expect(await command("pulse", { number: 2, milliseconds: 1_000 })).toBeUndefined();
    const values = () =>
      eventsOf(gateway.messages).flatMap(({ data }) => ((data as { number: number }).number === 2 ? [data] : []));
    expect(values()).toMatchObject([{ value: 1, by: "command" }]);
    await clock.advance(1_100);
    expect(values()).toMatchObject([{ value: 1 }, { value: 0, by: "command" }]);
    expect(gateway.messages.at(-1)).toMatchObject({
      kind: "command-result",
      result: { ok: true, result: { value: 0 } },
    });
    await device.stop();
  });

  it("has buttons that are pressed at random", async () => {
    const { device, gateway, clock } = await simulate(gpioBoard);
    await clock.advance(600_000);
    const changes = eventsOf(gateway.messages);
    expect(changes.length).toBeGreaterThan(10);
    for (const { data } of changes) expect(data).toMatchObject({ by: "button" });
    await device.stop();
  });
});

describe("modem", () => {
  it("loses its connection when the signal is weak, reconnects, and loses no report", async () => {
    const weak = modem.locations.findIndex(({ name }) => name === "Barge Anna") + 1;
    const { device, gateway, clock } = await simulate(modem, 1, weak);
    await clock.advance(2 * 3_600_000);
    expect(gateway.connections.length).toBeGreaterThan(2);
    await clock.advance(60_000);
    await device.agent.flushed();
    const reports = telemetryOf(gateway.messages);
    expect(reports.some(({ covered }) => covered === false)).toBe(true);
    const inAll = (2 * 3_600_000 + 60_000) / 5_000;
    expect(reports.length + device.agent.stats.stored).toBe(inAll);
    await device.stop();
  });

  it("reports its position", async () => {
    const { device, command } = await simulate(modem);
    expect(await command("locate")).toMatchObject({
      result: { latitude: expect.closeTo(53.55, 1), longitude: expect.closeTo(9.99, 1), signalDbm: expect.any(Number) },
    });
    await device.stop();
  });

  it("answers, disconnects, and has a new boot after the command reboot", async () => {
    const { device, gateway, clock, command } = await simulate(modem);
    const [first, before] = [device.agent.boot, gateway.connection];
    expect(await command("reboot", { seconds: 10 })).toMatchObject({ ok: true, result: { rebooting: true } });
    await clock.advance(9_000);
    expect(before.open).toBe(false);
    expect(gateway.connections).toHaveLength(1);
    await clock.advance(2_000);
    expect(gateway.connections).toHaveLength(2);
    expect(device.agent.boot).not.toBe(first);
    expect(eventsOf(gateway.messages)).toMatchObject([
      { name: "booted", data: { reason: "power-on", boot: first } },
      { name: "booted", data: { reason: "command", boot: device.agent.boot, command: "c1" } },
    ]);
    await device.stop();
  });
});
