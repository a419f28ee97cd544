import { createHash } from "node:crypto";
import { type Planned, RecordFault } from "../records.ts";

const DIGEST_BYTES = 12;

/** Finds records that a file has twice. Keeps about a hundred bytes for each record. */
export class Repeats {
  readonly #rows = new Map<string, number>();

  /** @throws RecordFault if an earlier row has the same device, log-in or person */
  mustBeFirst(row: number, planned: Planned): void {
    for (const [field, key] of keysOf(planned)) {
      const digest = createHash("sha256")
        .update(key)
        .digest("base64url")
        .slice(0, (DIGEST_BYTES * 4) / 3);
      const first = this.#rows.get(digest);
      if (first !== undefined && first !== row)
        throw new RecordFault(planned.kind, planned.id, field, `row ${first} has the same ${field}`);
      this.#rows.set(digest, row);
    }
  }
}

function keysOf(planned: Planned): [field: string, key: string][] {
  if (planned.kind === "person") return [["email", JSON.stringify(["person", planned.id])]];
  const { id, names, body } = planned;
  const keys: [string, string][] = [[names.id ?? "id", JSON.stringify(["device", id])]];
  const { clientId, userName } = body.login ?? {};
  if (clientId !== undefined)
    keys.push([names["login.clientId"] ?? "login", JSON.stringify(["login", clientId, userName])]);
  return keys;
}
