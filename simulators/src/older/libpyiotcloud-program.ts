import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "@fleetlog/agent";
import { ApiError, type OperatorApi } from "../fleet/operator-api.ts";
import { LibpyiotcloudClient } from "./libpyiotcloud-client.ts";
import { readOrMake } from "./read-or-make.ts";
import { Repeated } from "./repeated.ts";

const PERSON = {
  email: "simulated-person@older.invalid",
  userName: "simulated-person",
  givenName: "Simulated",
  familyName: "Person",
} as const;
const PIN = 7;
const EVERY_MS = 20_000;

export interface LibpyiotcloudProgramOptions {
  readonly api: OperatorApi;
  readonly host: string;
  /** Port of the REST API for programs; undefined while it is closed. */
  readonly port: number | undefined;
  /** The name of the device whose pin is switched. */
  readonly deviceName: string;
  /** Where the person's password is kept. */
  readonly folder: string;
  readonly logger: Logger;
}

/** A person's program that lists devices, and switches and reads a pin of one of them. */
export class LibpyiotcloudProgram {
  readonly #options: LibpyiotcloudProgramOptions;
  readonly #repeated = new Repeated();
  #client: LibpyiotcloudClient | undefined;
  #value = 0;

  constructor(options: LibpyiotcloudProgramOptions) {
    this.#options = options;
  }

  start(): void {
    const { port, logger } = this.#options;
    if (port === undefined) return;
    this.#repeated.start(
      () => this.#work(port),
      EVERY_MS,
      (reason) => logger.info({ reason }, "a call of the simulated program for libpyiotcloud has failed"),
    );
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#repeated.stop();
  }

  async #work(port: number): Promise<void> {
    // An IPv6 address has brackets.
    const host = this.#options.host.replace(/^\[|\]$/g, "");
    this.#client ??= new LibpyiotcloudClient({ host, port });
    const client = this.#client;
    if (await this.#switch(client)) return;
    const { password } = await readOrMake(join(this.#options.folder, "person.json"), () => ({
      password: randomBytes(16).toString("base64url"),
    }));
    const logIn = async () => (await client.logIn(PERSON.userName, password)).status === "OK";
    if (!(await logIn())) {
      await this.#invite(password);
      if (!(await logIn())) throw new Error("the log-in is refused");
    }
    await this.#switch(client);
  }

  async #invite(password: string): Promise<void> {
    const { api } = this.#options;
    try {
      const { id } = await api.invite({ ...PERSON, role: "operator", mail: false });
      const { code } = await api.personLink(id);
      await api.setPassword({ email: PERSON.email, code, password });
    } catch (error) {
      // A conflict means that the person exists, but somebody has changed their password or access on the pages.
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  /** False if the token is not valid any more. */
  async #switch(client: LibpyiotcloudClient): Promise<boolean> {
    const listed = await client.manage("get_device_list_count");
    if (listed.status !== "OK") return false;
    const pin = { devicename: this.#options.deviceName, number: PIN };
    this.#value = 1 - this.#value;
    const calls = [
      ["set_gpio", { ...pin, value: this.#value }],
      ["get_gpio", pin],
    ] as const;
    for (const [api, fields] of calls) {
      const { status, text } = await client.call(api, fields);
      if (status !== 200) throw new Error(`${api}: ${text}`);
    }
    return true;
  }
}
