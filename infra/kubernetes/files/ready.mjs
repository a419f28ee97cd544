// The program of `helm test`: waits until the installation is ready, with views and reactors. It has no dependencies, because
// the chart gives it to node as an argument.
import { get as overHttp } from "node:http";
import { get as overHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

const { HOST = "127.0.0.1", PORT = "8080", SCHEME = "http", WAIT_MS = "240000", PAUSE_MS = "2000" } = process.env;
const get = SCHEME === "https" ? overHttps : overHttp;
const ANSWER_MS = 5_000;

function ask() {
  const { promise, resolve, reject } = Promise.withResolvers();
  // The certificate is for the public host, not for the service.
  const options = { host: HOST, port: Number(PORT), path: "/readyz", rejectUnauthorized: false };
  const request = get(options, (answer) =>
    answer
      .toArray()
      .then((parts) => JSON.parse(Buffer.concat(parts).toString()))
      .then(resolve, reject),
  );
  request.setTimeout(ANSWER_MS, () => request.destroy(new Error("no answer")));
  request.on("error", reject);
  return promise;
}

const until = Date.now() + Number(WAIT_MS);
for (;;) {
  const { ready, views, reactors, reasons } = await ask().catch(({ message }) => ({
    ready: false,
    reasons: [message],
  }));
  const done = ready && views === "ready" && reactors === "ready";
  if (done || Date.now() >= until) {
    console.log({ ready, views, reactors, reasons });
    process.exitCode = done ? 0 : 1;
    break;
  }
  await sleep(Number(PAUSE_MS));
}
