import { createHmac, type Hash, randomBytes } from "node:crypto";
import type { Sealer } from "@fleetlog/identity";
import { type Bucket, type Buckets, openOnUse } from "@fleetlog/log";
import type { ImportRecord, ImportRow, PartResult, SecretOf, Template } from "./record.ts";

const BUCKET = "imports";
const MAX_BYTES = 256 * 1024 * 1024;
/** Reports and unread credentials are kept this long after the last write. */
const KEPT_MS = 7 * 86_400_000;

export interface StoredImport {
  readonly record: ImportRecord;
  readonly revision: number;
}

/** Imports, their rows and results, in the bucket `imports`. Rows and secrets are sealed. */
export class ImportStore {
  readonly #bucket: () => Promise<Bucket>;
  readonly #sealer: Sealer;

  constructor(buckets: Buckets, sealer: Sealer) {
    this.#bucket = openOnUse(buckets, BUCKET, { maxBytes: MAX_BYTES, ttlMs: KEPT_MS });
    this.#sealer = sealer;
  }

  async find(id: string): Promise<StoredImport | undefined> {
    const entry = await (await this.#bucket()).get(`import.${id}`);
    return entry && { record: entry.value as ImportRecord, revision: entry.revision };
  }

  async all(): Promise<readonly StoredImport[]> {
    const entries = await (await this.#bucket()).entries("import.");
    return entries.map(({ value, revision }) => ({ record: value as ImportRecord, revision }));
  }

  /** False if it exists already. */
  async add(record: ImportRecord): Promise<boolean> {
    return (await (await this.#bucket()).create(`import.${record.id}`, record)) !== undefined;
  }

  /** @returns the new revision; undefined if the record was changed meanwhile */
  async update(record: ImportRecord, revision: number): Promise<number | undefined> {
    return (await this.#bucket()).update(`import.${record.id}`, record, revision);
  }

  async putRows(upload: string, part: number, rows: readonly ImportRow[]): Promise<void> {
    const key = `rows.${upload}.${part}`;
    await (await this.#bucket()).put(key, this.#sealer.seal({ purpose: "import", record: key }, JSON.stringify(rows)));
  }

  async rows({ id, upload = id }: ImportRecord, part: number): Promise<readonly ImportRow[]> {
    const key = `rows.${upload}.${part}`;
    const entry = await (await this.#bucket()).get(key);
    if (entry === undefined) return [];
    return JSON.parse(this.#sealer.open({ purpose: "import", record: key }, entry.value as string)) as ImportRow[];
  }

  async deleteRows(upload: string, parts: number): Promise<void> {
    const bucket = await this.#bucket();
    for (let part = 0; part < parts; part++) await bucket.delete(`rows.${upload}.${part}`);
  }

  /**
   * A keyed hash by which two requests with the same idempotency key are compared. A hash without a key would let readers
   * of the store try guesses of the file's secrets.
   */
  digestOf(hash: Hash): string {
    return this.#sealer.hash("import", hash.digest("hex"));
  }

  async putResult(id: string, part: number, result: PartResult): Promise<void> {
    await (await this.#bucket()).put(`result.${id}.${part}`, result);
  }

  async result(id: string, part: number): Promise<PartResult> {
    const entry = await (await this.#bucket()).get(`result.${id}.${part}`);
    return (entry?.value ?? { created: [], failed: [] }) as PartResult;
  }

  newSecret(id: string): string {
    return this.#sealer.seal({ purpose: "import-secret", record: id }, randomBytes(32).toString("base64url"));
  }

  sealTemplate(id: string, template: Template): string {
    return this.#sealer.seal({ purpose: "import-template", record: id }, JSON.stringify(template));
  }

  templateOf({ id, template }: ImportRecord): Template {
    if (template === undefined) return {};
    return JSON.parse(this.#sealer.open({ purpose: "import-template", record: id }, template)) as Template;
  }

  /**
   * Derives a secret from the import's own secret and a name. A row that is repeated uses the same name, and so gets the
   * same credentials.
   */
  secretsOf({ id, secret }: ImportRecord): SecretOf {
    if (secret === undefined) throw new TypeError("a dry run has no secrets");
    const key = this.#sealer.open({ purpose: "import-secret", record: id }, secret);
    return (name) => createHmac("sha256", key).update(name).digest();
  }
}
