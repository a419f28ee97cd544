import type { KeyObject } from "node:crypto";
import { decodeEvent } from "@fleetlog/log";
import { isSignedBy, parsePublicKey } from "../../proofs/keys.ts";
import { DEVICE_PROJECTIONS, DeviceRows } from "../device-rows.ts";
import {
  type EndLine,
  type EventLine,
  FORMAT,
  type IncidentHead,
  type IncidentLine,
  type ToldLine,
} from "../format.ts";
import { signedText } from "../lines.ts";
import { rowsHash } from "../rows-hash.ts";
import { deviceTold, textOf } from "../text.ts";
import { Blocks } from "./blocks.ts";
import { linesOf } from "./lines.ts";
import { Refusal } from "./refusal.ts";

export interface Verified {
  readonly head: IncidentHead;
  readonly end: EndLine;
  /** Events that no mark has yet. */
  readonly unmarked: number;
  /** What happened, in the order of time. */
  readonly timeLine: readonly string[];
}

/**
 * Checks a bundle's signature and proofs, and that this program's projections make the historian's rows from the
 * bundle's events.
 * @param expected the public key; default the key that the bundle names
 * @throws Refusal
 */
export async function verifyBundle(chunks: AsyncIterable<Uint8Array>, expected?: string): Promise<Verified> {
  let bundle: Bundle | undefined;
  let isSigned = false;
  for await (const { line, hashBefore } of linesOf(chunks)) {
    if (isSigned) throw new Refusal("there is text after the signature");
    if (bundle === undefined) {
      if (line.kind !== "incident") throw new Refusal("this is not a bundle: it does not begin with a head");
      bundle = new Bundle(line, keyOf(line, expected));
    } else if (line.kind !== "signature") bundle.add(line);
    else {
      bundle.expectSigned(hashBefore(), line.signature);
      isSigned = true;
    }
  }
  if (bundle === undefined || !isSigned) throw new Refusal("the signature is missing: the file was cut");
  return bundle.verified();
}

function keyOf({ format, key }: IncidentHead, expected: string | undefined): KeyObject {
  if (format !== FORMAT) throw new Refusal(`the bundle has format ${format}, and this release reads ${FORMAT}`);
  if (expected !== undefined && expected !== key) {
    throw new Refusal(`another installation signed the bundle: its key is ${key}, not ${expected}`);
  }
  const found = parsePublicKey(key);
  if (found === undefined) throw new Refusal("the bundle's public key is not a key");
  return found;
}

class Bundle {
  readonly #head: IncidentHead;
  readonly #key: KeyObject;
  readonly #rows: DeviceRows;
  readonly #blocks: Blocks;
  readonly #texts: { readonly time: string; readonly text: string }[] = [];
  #events = 0;
  #end: EndLine | undefined;

  constructor(head: IncidentHead, key: KeyObject) {
    for (const { name, version } of DEVICE_PROJECTIONS) {
      const made = head.projections[name];
      if (made === version) continue;
      throw new Refusal(
        `another release made the bundle: its projection ${name} has version ${made}, here ${version}; verify it with that release`,
      );
    }
    this.#head = head;
    this.#key = key;
    this.#rows = new DeviceRows(head.devices);
    this.#blocks = new Blocks(head, key);
  }

  add(line: IncidentLine): void {
    if (this.#end !== undefined) throw new Refusal("there is text after the end");
    switch (line.kind) {
      case "row":
        if (!this.#rows.load(line)) throw new Refusal(`there is no projection ${line.projection}`);
        return;
      case "block":
        this.#blocks.begin(line);
        return;
      case "event":
        this.#blocks.add(line);
        this.#events += 1;
        readable(`event ${line.seq}`, () => this.#rows.apply(this.#decoded(line, "FLEET")));
        return;
      case "proof":
        this.#blocks.prove(line.hashes);
        return;
      case "told":
        readable(`message ${line.seq}`, () => this.#decoded(line, "DELIVERY"));
        return;
      case "end":
        this.#blocks.end();
        this.#end = line;
        return;
      default:
        throw new Refusal(`a line ${line.kind} is in the wrong place`);
    }
  }

  expectSigned(hash: Buffer, signature: string): void {
    const isCanonical = Buffer.from(signature, "base64url").toString("base64url") === signature;
    if (!isCanonical || !isSignedBy(this.#key, signedText(hash), signature)) {
      throw new Refusal("the signature is not of this text: the file was changed");
    }
  }

  verified(): Verified {
    const end = this.#end;
    if (end === undefined) throw new Refusal("the end is missing: the file was cut");
    if (end.events !== this.#events) throw new Refusal(`the bundle has ${this.#events} events, not ${end.events}`);
    const { count, hash } = readable("the rows", () => {
      const rows = this.#rows.all();
      return { count: rows.length, hash: rowsHash(rows) };
    });
    if (end.rows !== count || end.sha256 !== hash) {
      throw new Refusal("from these events, the projections make other rows than the historian had");
    }
    const timeLine = this.#texts
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
      .map(({ text }) => text);
    return { head: this.#head, end, unmarked: this.#blocks.unmarked, timeLine };
  }

  #decoded({ seq, subject, payload, kind }: EventLine | ToldLine, stream: "FLEET" | "DELIVERY") {
    const event = decodeEvent(payload, subject, seq, stream);
    if (event === undefined) throw new Refusal(`entry ${seq} is not an event`);
    this.#texts.push({ time: event.time, text: kind === "told" ? textOf(event, deviceTold(event)) : textOf(event) });
    return event;
  }
}

/** Refuses the bundle if the task fails: projections expect only rows and events that Fleetlog has made. */
function readable<T>(what: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${what} can't be read: the file was changed, or another program made it`);
  }
}
