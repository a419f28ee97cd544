import type { AccountList, CreateAccountBody } from "@fleetlog/protocol";
import { ApiError, type Client } from "./client.ts";

/** Creates each account before its first device or person. */
export class Accounts {
  readonly #client: Client;
  #known: Promise<Set<string>> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async has(id: string): Promise<boolean> {
    return (await this.#all()).has(id);
  }

  async ensure(id: string): Promise<void> {
    const known = await this.#all();
    if (known.has(id)) return;
    const body: CreateAccountBody = { id, name: `Account ${id.replace(/^.*-/, "")}` };
    try {
      await this.#client.post("/api/accounts", body);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "account-exists")) throw error;
    }
    known.add(id);
  }

  #all(): Promise<Set<string>> {
    this.#known ??= this.#client
      .get<AccountList>("/api/accounts")
      .then(({ items }) => new Set(items.map(({ id }) => id)));
    return this.#known;
  }
}
