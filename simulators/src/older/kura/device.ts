import { setTimeout as delay } from "node:timers/promises";
import { connectAsync, type MqttClient } from "mqtt";
import { KuraApplications, type Reply, type Work } from "./applications.ts";
import { fetchPackage } from "./fetch-package.ts";
import { decode, encode, type Message, type Metrics, type Value } from "./payload.ts";

export interface KuraScenario {
  /** Compresses what it sends, and reads compressed requests. */
  readonly gzip?: boolean;
  /** Sends each reply twice. */
  readonly repliesTwice?: boolean;
  /** Its will has no payload. */
  readonly emptyWill?: boolean;
  /** Milliseconds between two steps of a download. */
  readonly stepMs?: number;
  /** Fetches packages from their addresses. Otherwise it reports downloads, but fetches nothing. */
  readonly fetches?: boolean;
  /** Accepts requests, but never replies. */
  readonly silent?: boolean;
  /** Answers each request with this code, and with a message where there is one. */
  readonly refuses?: { readonly code: 400 | 404 | 500; readonly message?: string };
  /** The bodies of its replies are no XML. */
  readonly garbled?: boolean;
  /** Replies to this requester instead of the one that has asked. */
  readonly repliesTo?: string;
}

export interface KuraDeviceOptions {
  /** `mqtt://host:port`. */
  readonly url: string;
  readonly account: string;
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  /** PEM of the authority of the servers that it downloads from. Default: the authorities of Node.js. */
  readonly ca?: string;
  readonly scenario?: KuraScenario;
}

const KEEP_ALIVE_SECONDS = 30;
const STEPS = [0, 25, 50, 75] as const;
const SIZE = 4_000_000;
const STEP_MS = 20;

/** A simulated gateway with Kura, written from the published protocol. */
export class KuraDevice {
  readonly applications = new KuraApplications();
  /** Topics of requests, in order. */
  readonly requests: string[] = [];
  readonly #options: KuraDeviceOptions;
  readonly #stopping = new AbortController();
  readonly #cancelled = new Set<string>();
  #client: MqttClient | undefined;
  #downloading: string | undefined;

  constructor(options: KuraDeviceOptions) {
    this.#options = options;
  }

  /** Resolves when the device has sent its birth message. Rejects if it may not log in. */
  async start(): Promise<void> {
    const { url, clientId, userName: username, password, scenario = {} } = this.#options;
    const will = { topic: this.#control("MQTT/LWT"), qos: 0, retain: false } as const;
    const payload = scenario.emptyWill ? Buffer.alloc(0) : this.#encoded({ metrics: { client_id: clientId } });
    const client = await connectAsync(
      url,
      {
        clientId,
        username,
        password,
        clean: true,
        keepalive: KEEP_ALIVE_SECONDS,
        reconnectPeriod: 1_000,
        will: { ...will, payload },
      },
      // No retries: if there is no server, the first connection fails.
      false,
    );
    this.#client = client;
    client.on("message", (topic, bytes) => void this.#request(topic, decode(bytes)));
    client.on("connect", () => void this.#born(client).catch(() => {}));
    await this.#born(client);
  }

  /** Disconnects in an orderly way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#client?.connected) await this.#publish(this.#control("MQTT/DC"), { metrics: { uptime: "5000" } }, 0);
    await this.#client?.endAsync();
  }

  /** Ends the connection without a disconnection, as after a power cut. */
  async breakOff(): Promise<void> {
    this.#stopping.abort();
    const client = this.#client;
    if (client === undefined) return;
    client.options.reconnectPeriod = 0;
    const closed = new Promise<void>((resolve) => {
      client.once("close", () => resolve());
    });
    client.stream.destroy();
    await closed;
    await client.endAsync(true);
  }

  async telemetry(resource: string, message: Message): Promise<void> {
    const { account, clientId } = this.#options;
    await this.#publish(`${account}/${clientId}/${resource}`, message, 1);
  }

  async #born(client: MqttClient): Promise<void> {
    await client.subscribeAsync(this.#control("#"), { qos: 1 });
    const { gzip = false } = this.#options.scenario ?? {};
    const metrics = {
      display_name: `Kura ${this.#options.clientId}`,
      model_name: "ReliaGATE 10-20",
      model_id: "RG1020",
      part_number: "PN-1",
      serial_number: "SN-0007",
      firmware_version: "25.1.0",
      bios_version: "1.2",
      os: "Linux",
      os_version: "6.6",
      os_arch: "arm",
      jvm_name: "OpenJDK",
      jvm_version: "17.0.9",
      kura_version: "KURA_5.4.0",
      application_framework: "Kura",
      connection_interface: "eth0 (00:11:22:33:44:55)",
      connection_ip: "192.0.2.17",
      available_processors: "4",
      total_memory: "1048576",
      uptime: "1234567",
      application_ids: "CMD-V1,CONF-V1,DEPLOY-V2",
      accept_encoding: gzip ? "gzip" : "",
      payload_encoding: "kura-protobuf",
    };
    const birth = { metrics, position: { latitude: 46.0679, longitude: 11.1211 } };
    await this.#publish(this.#control("MQTT/BIRTH"), birth, 1);
    await this.#publish(this.#control("MQTT/APPS"), birth, 1);
  }

  async #request(topic: string, request: Message): Promise<void> {
    const [, , , app = "", method = "", ...resource] = topic.split("/");
    const { "request.id": id, "requester.client.id": asking } = request.metrics;
    if (typeof id !== "string" || typeof asking !== "string") return;
    this.requests.push(topic);
    const { silent, repliesTwice, refuses, garbled, repliesTo: requester = asking } = this.#options.scenario ?? {};
    if (silent) return;
    if (method === "DEL" && this.#downloading !== undefined) this.#cancelled.add(this.#downloading);
    const isBusy = method === "EXEC" && resource[0] === "download" && this.#downloading !== undefined;
    const answer = isBusy
      ? { code: 500, metrics: { "download.status": "IN_PROGRESS" }, body: "Another resource is already in download" }
      : refuses === undefined
        ? this.applications.answer(app, method, resource, request)
        : refusalOf(refuses);
    const reply = "stage" in answer ? { code: 200 } : answer;
    const metrics = { "response.code": reply.code, ...reply.metrics };
    const body = garbled && reply.body !== undefined ? `${reply.body.slice(0, 60)}<` : reply.body;
    for (let times = repliesTwice ? 2 : 1; times > 0; times--)
      await this.#publish(this.#reply(requester, `${app}/REPLY/${id}`), { metrics, body }, 0);
    if ("stage" in answer) await this.#work(requester, answer);
  }

  async #work(requester: string, work: Work): Promise<void> {
    const notify = (stage: Work["stage"], status: string, more: Metrics = {}) =>
      this.#notify(requester, stage, { "job.id": work.job, [`dp.${stage}.status`]: status, ...more });
    if (work.stage === "download" && !(await this.#download(work, notify))) return;
    const stage = work.stage === "download" ? "install" : work.stage;
    if (work.stage === "download" && !work.alsoInstalls) return;
    if (work.fails) {
      await notify(stage, "FAILED", { [`dp.${stage}.progress`]: 0, [`dp.${stage}.error.message`]: "no such package" });
      return;
    }
    if (stage === "install") this.applications.packages.set(work.name, work.version);
    else this.applications.packages.delete(work.name);
    await notify(stage, "COMPLETED", { [`dp.${stage}.progress`]: 100, "dp.name": `${work.name}-${work.version}.dp` });
  }

  async #download(
    work: Work,
    notify: (stage: "download", status: string, more: Metrics) => Promise<void>,
  ): Promise<boolean> {
    const { job } = work;
    const { stepMs = STEP_MS } = this.#options.scenario ?? {};
    this.#downloading = String(job);
    try {
      for (const percent of STEPS) {
        await notify("download", "IN_PROGRESS", { "dp.download.size": SIZE, "dp.download.progress": percent });
        await delay(stepMs, undefined, { signal: this.#stopping.signal });
        if (this.#cancelled.has(String(job))) {
          await notify("download", "CANCELLED", { "dp.download.size": SIZE, "dp.download.progress": percent });
          return false;
        }
      }
      const file = await this.#file(work);
      const isThere = "size" in file;
      await notify("download", isThere ? "COMPLETED" : "FAILED", {
        "dp.download.size": isThere ? file.size : 0,
        "dp.download.progress": isThere ? 100 : 0,
        ...(!isThere && { "dp.download.error.message": file.fault }),
      });
      return isThere;
    } catch {
      return false;
    } finally {
      this.#downloading = undefined;
    }
  }

  async #file({
    name,
    version,
    uri,
    hash,
    fails,
  }: Work): Promise<{ readonly size: number } | { readonly fault: string }> {
    if (fails) return { fault: "the file was not found" };
    const { scenario, ca } = this.#options;
    if (scenario?.fetches !== true) return { size: SIZE };
    const fetched = await fetchPackage(uri, { signal: this.#stopping.signal, digest: hash, ca });
    if ("fault" in fetched) return fetched;
    this.applications.files.set(`${name} ${version}`, fetched.bytes);
    return { size: fetched.bytes.length };
  }

  #notify(requester: string, stage: string, metrics: Readonly<Record<string, Value>>): Promise<void> {
    const { clientId } = this.#options;
    const topic = this.#reply(requester, `DEPLOY-V2/NOTIFY/${clientId}/${stage}`);
    return this.#publish(topic, { metrics: { "client.id": clientId, ...metrics } }, 0);
  }

  async #publish(topic: string, message: Message, qos: 0 | 1): Promise<void> {
    await this.#client?.publishAsync(topic, this.#encoded(message), { qos }).catch(() => {});
  }

  #encoded(message: Message): Buffer {
    return encode({ timestamp: Date.now(), ...message }, this.#options.scenario?.gzip === true);
  }

  #control(resource: string): string {
    const { account, clientId } = this.#options;
    return `$EDC/${account}/${clientId}/${resource}`;
  }

  #reply(requester: string, resource: string): string {
    return `$EDC/${this.#options.account}/${requester}/${resource}`;
  }
}

function refusalOf({ code, message }: NonNullable<KuraScenario["refuses"]>): Reply {
  return { code, ...(message !== undefined && { metrics: { "response.exception.message": message } }) };
}
