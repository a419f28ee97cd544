import { appendFile, readFile } from "node:fs/promises";
import type { PersonLinkAnswer } from "@fleetlog/protocol";
import type { Client } from "./client.ts";

const OWNER_ONLY = 0o600;

interface Line {
  readonly email: string;
  readonly link: string;
  readonly expiresAt: string;
}

/**
 * A file of one-time links, one a line (JSON). A person whose link in the file has not expired gets no other, so that
 * an import can be repeated.
 */
export class Links {
  readonly #path: string;
  readonly #client: Client;
  readonly #written: Set<string>;

  private constructor(path: string, client: Client, written: Set<string>) {
    this.#path = path;
    this.#client = client;
    this.#written = written;
  }

  static async open(path: string, client: Client, now: number): Promise<Links> {
    await appendFile(path, "", { mode: OWNER_ONLY });
    const written = new Set<string>();
    for (const text of (await readFile(path, "utf8")).split("\n")) {
      const line = lineIn(text);
      if (line !== undefined && Date.parse(line.expiresAt) > now) written.add(line.email);
    }
    return new Links(path, client, written);
  }

  async add(email: string, person: string): Promise<void> {
    if (this.#written.has(email)) return;
    const { link, expiresAt } = await this.#client.post<PersonLinkAnswer>(`/api/people/${person}/link`);
    const line: Line = { email, link, expiresAt };
    await appendFile(this.#path, `${JSON.stringify(line)}\n`);
    this.#written.add(email);
  }
}

/** Undefined for a line that was cut by an interruption. */
function lineIn(text: string): Line | undefined {
  try {
    const { email, link, expiresAt } = JSON.parse(text) as Line;
    return [email, link, expiresAt].every((one) => typeof one === "string") ? { email, link, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}
