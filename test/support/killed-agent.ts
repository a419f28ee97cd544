import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

export interface KilledAgentOptions {
  readonly program: string;
  readonly settings: string;
  /** A random integer from 0 to less than the argument. */
  readonly random: (below: number) => number;
}

/** A device's connection exchanges about this many parts of data while it is provisioned. */
const PARTS = 16;
const LONGEST_MS = 100;

/** A proxy of an agent's connection that kills the agent's process after a random part of the traffic. */
export class AgentKiller {
  readonly #options: KilledAgentOptions;
  readonly #server;
  #child: ChildProcess | undefined;
  #left = 0;

  /** @param target port on this machine */
  constructor(target: number, options: KilledAgentOptions) {
    this.#options = options;
    this.#server = createServer((client) => {
      const upstream = connect(target, "127.0.0.1");
      const end = () => {
        client.destroy();
        upstream.destroy();
      };
      for (const socket of [client, upstream])
        socket
          .on("error", end)
          .on("close", end)
          .on("data", () => this.#passed());
      client.pipe(upstream).pipe(client);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** Starts the agent; resolves with what it printed when it was killed, at the latest some time after it connected. */
  async run(): Promise<string> {
    this.#left = 1 + this.#options.random(PARTS);
    const { program, settings } = this.#options;
    const child = spawn(process.execPath, [program, settings], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    let printed = "";
    child.stdout.on("data", (text: Buffer) => {
      printed += text.toString();
      if (printed.includes("connected as")) this.#killSoon();
    });
    await once(child, "exit");
    return printed;
  }

  close(): void {
    this.#server.close();
  }

  #passed(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#killSoon();
  }

  #killSoon(): void {
    const child = this.#child;
    setTimeout(() => child?.kill("SIGKILL"), this.#options.random(LONGEST_MS));
  }
}
