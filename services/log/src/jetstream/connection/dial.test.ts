import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { steadyTime } from "../../steady-time.ts";
import { dial } from "./dial.ts";

const INFO = 'INFO {"server_id":"s","version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n';

/** A nats-server that gives each connection the next of the errors, or the last one. */
async function refusingServer(errors: readonly string[]) {
  let connections = 0;
  const server = createServer((socket) => {
    const error = errors[Math.min(connections++, errors.length - 1)];
    socket.on("error", () => socket.destroy());
    socket.write(INFO);
    socket.on("data", () => socket.end(`-ERR '${error}'\r\n`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

const refused = (url: string) => expect.objectContaining({ message: expect.stringContaining(`${url} refuses`) });

it("credentials that nats-server refuses are not sent again", async () => {
  const { url, connections } = await refusingServer(["Authorization Violation"]);
  await expect(dial({ url, name: "test" }, steadyTime() + 20_000)).rejects.toEqual(refused(url));
  expect(connections()).toBe(1);
});

it("credentials that arrived too late are sent again", async () => {
  const { url, connections } = await refusingServer(["Authentication Timeout", "Authorization Violation"]);
  await expect(dial({ url, name: "test" }, steadyTime() + 20_000)).rejects.toEqual(refused(url));
  expect(connections()).toBe(2);
});
