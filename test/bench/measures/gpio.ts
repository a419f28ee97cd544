import { LibpyiotcloudClient, LibpyiotcloudDevice } from "@fleetlog/simulators";
import { Histogram } from "@fleetlog/simulators/load";
import { eventually } from "../../support/eventually.ts";
import { type MailServer, startMailServer } from "../../support/mail-server.ts";
import { startStack } from "../../support/stack.ts";
import { UNLIMITED } from "../devices.ts";
import type { Measure } from "../measure.ts";
import { startMqttEcho } from "../raw/mqtt-echo.ts";

const HOST = "127.0.0.1";
const USER = { username: "Ada", password: "correct horse battery" };
const NAME = "Pump";
/** Number of calls of one kind before the kinds change. They alternate so that the machine's load affects both alike. */
const IN_A_ROW = 50;

async function signUp(client: LibpyiotcloudClient, mail: MailServer): Promise<void> {
  const email = "ada@fleet.example";
  await client.manage("signup", { ...USER, email, givenname: "Ada", familyname: "Lovelace" });
  let confirmationcode = "";
  await eventually(async () => {
    confirmationcode = mail.newest(email)?.code ?? "";
    if (confirmationcode === "") throw new Error("no mail with a code has come");
  });
  await client.manage("confirm_signup", { username: USER.username, confirmationcode });
  const { status } = await client.logIn(USER.username, USER.password);
  if (status !== "OK") throw new Error(`the log-in failed: ${status}`);
}

async function startBoard(client: LibpyiotcloudClient, url: string): Promise<LibpyiotcloudDevice> {
  const registered = await client.manage("register_device", { devicename: NAME });
  const { deviceid: id, ca, cert: certificate, pkey: key } = registered as Readonly<Record<string, string>>;
  if (id === undefined || ca === undefined || certificate === undefined || key === undefined) {
    throw new Error(`the device was not registered: ${JSON.stringify(registered)}`);
  }
  const device = new LibpyiotcloudDevice({ url, id, ca, certificate, key, program: "python", scenario: "answers" });
  await device.start();
  return device;
}

async function gpio(client: LibpyiotcloudClient, n: number): Promise<void> {
  const value = Math.floor(n / 2) % 2;
  const api = n % 2 === 0 ? "set_gpio" : "get_gpio";
  const fields = { devicename: NAME, number: 7, ...(api === "set_gpio" && { value }) };
  const { status, text } = await client.call(api, fields);
  const answered = status === 200 ? (JSON.parse(text) as { value?: number }).value : undefined;
  if (answered !== value) throw new Error(`${api} of ${value} was answered with ${status} ${text}`);
}

/**
 * Sends calls one after the other, as a person who switches a pin and reads it. The client has a user name; client and device
 * use TLS. The reference is the same exchange between two clients of an MQTT broker.
 */
export const gpioRoundTrip: Measure = {
  name: "GPIO round trip",
  async run({ quick, progress }) {
    const mail = await startMailServer();
    const env = {
      ...UNLIMITED,
      FLEETLOG_SMTP_URL: mail.url,
      FLEETLOG_MAIL_FROM: "Fleetlog <fleetlog@fleet.example>",
      FLEETLOG_SIGN_UP: "open",
      FLEETLOG_TLS: "auto",
      FLEETLOG_HTTPS_PORT: "0",
      FLEETLOG_MQTTS_PORT: "0",
      FLEETLOG_LIBPYIOTCLOUD_PORT: "0",
    };
    await using stack = await startStack({ env });
    const ready = stack.gateways[0]?.process.ready;
    const url = `mqtts://${HOST}:${ready?.mqttsPort}`;
    const client = new LibpyiotcloudClient({ host: HOST, port: ready?.dialectPorts?.libpyiotcloud ?? 0 });
    await signUp(client, mail);
    const device = await startBoard(client, url);
    await using echo = await startMqttEcho();

    const pins = new Histogram();
    const raw = new Histogram();
    const rounds = quick ? 4 : 20;
    for (let round = -2; round < rounds; round++) {
      if (round === -2) progress("warming up");
      if (round === 0) progress(`${rounds * IN_A_ROW} calls, and as many of MQTT alone`);
      for (let n = 0; n < IN_A_ROW; n++) {
        const from = performance.now();
        await gpio(client, n);
        if (round >= 0) pins.add(performance.now() - from);
      }
      for (let n = 0; n < IN_A_ROW; n++) {
        const from = performance.now();
        await echo.roundTrip(JSON.stringify({ number: 7, value: n }));
        if (round >= 0) raw.add(performance.now() - from);
      }
    }
    client.close();
    await device.stop();
    await mail.stop();
    const reference = { name: "client to device and back over nats-server's MQTT", value: raw.quantile(0.5) };
    return [
      { name: "GPIO round trip, p50", value: pins.quantile(0.5), unit: "ms", goal: { atMost: 5 } },
      { name: "GPIO round trip, p99", value: pins.quantile(0.99), unit: "ms" },
      { name: "GPIO round trip beside MQTT alone, p50", value: pins.quantile(0.5), unit: "ms", reference },
    ];
  },
};
