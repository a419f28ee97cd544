import { BinaryReader } from "@bufbuild/protobuf/wire";

/** A revision or position, inclusive for reads and exclusive for subscriptions. */
export type From = "start" | "end" | number;

export interface FilterOptions {
  readonly on: "stream" | "type";
  readonly regex: string;
  readonly prefixes: readonly string[];
  /** Undefined: the server's default. */
  readonly window: number | undefined;
  readonly checkpointMultiplier: number;
}

/** `event_store.client.streams.ReadReq` */
export interface ReadRequest {
  /** Undefined: `$all`. */
  readonly stream: string | undefined;
  readonly from: From;
  readonly backwards: boolean;
  readonly resolveLinks: boolean;
  /** Undefined for a subscription. */
  readonly count: number | undefined;
  readonly filter: FilterOptions | undefined;
  readonly structuredIds: boolean;
}

type Fields = (field: number, reader: BinaryReader) => boolean;

/** @throws Error on bytes that are not a request */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  const request = {
    stream: undefined as string | undefined,
    from: "start" as From,
    backwards: false,
    resolveLinks: false,
    count: undefined as number | undefined,
    filter: undefined as FilterOptions | undefined,
    structuredIds: false,
  };
  let chosen = false;
  const options: Fields = (field, reader) => {
    switch (field) {
      case 1: {
        const { name, from } = streamOptions(reader);
        request.stream = name;
        request.from = from;
        chosen = true;
        return true;
      }
      case 2:
        request.stream = undefined;
        request.from = allOptions(reader);
        chosen = true;
        return true;
      case 3:
        request.backwards = reader.int32() === 1;
        return true;
      case 4:
        request.resolveLinks = reader.bool();
        return true;
      case 5:
        request.count = whole(reader.uint64());
        return true;
      case 6:
        request.count = undefined;
        return false;
      case 7:
        request.filter = filterOptions(reader);
        return true;
      case 9:
        each(nested(reader), (option) => {
          request.structuredIds = option === 1;
          return false;
        });
        return true;
      default:
        return false;
    }
  };
  each(new BinaryReader(bytes), (field, reader) => {
    if (field !== 1) return false;
    each(nested(reader), options);
    return true;
  });
  if (!chosen) throw new Error("the request names neither a stream nor $all");
  return request;
}

function streamOptions(reader: BinaryReader): { readonly name: string; readonly from: From } {
  let name = "";
  let from: From = "start";
  each(nested(reader), (field, inner) => {
    if (field === 1) {
      each(nested(inner), (part, bytes) => {
        if (part !== 3) return false;
        name = Buffer.from(bytes.bytes()).toString("utf8");
        return true;
      });
      return true;
    }
    if (field === 2) {
      from = whole(inner.uint64());
      return true;
    }
    if (field === 3) from = "start";
    if (field === 4) from = "end";
    return false;
  });
  return { name, from };
}

function allOptions(reader: BinaryReader): From {
  let from: From = "start";
  each(nested(reader), (field, inner) => {
    if (field === 1) {
      from = 0;
      each(nested(inner), (part, position) => {
        if (part !== 1) return false;
        from = whole(position.uint64());
        return true;
      });
      return true;
    }
    if (field === 2) from = "start";
    if (field === 3) from = "end";
    return false;
  });
  return from;
}

function filterOptions(reader: BinaryReader): FilterOptions {
  let on: FilterOptions["on"] = "type";
  let regex = "";
  let window: number | undefined;
  let checkpointMultiplier = 1;
  const prefixes: string[] = [];
  each(nested(reader), (field, inner) => {
    switch (field) {
      case 1:
      case 2:
        on = field === 1 ? "stream" : "type";
        each(nested(inner), (part, expression) => {
          if (part === 1) regex = expression.string();
          else if (part === 2) prefixes.push(expression.string());
          else return false;
          return true;
        });
        return true;
      case 3:
        window = inner.uint32();
        return true;
      case 5:
        checkpointMultiplier = inner.uint32();
        return true;
      default:
        return false;
    }
  });
  return { on, regex, prefixes, window, checkpointMultiplier };
}

function each(reader: BinaryReader, fields: Fields): void {
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!fields(field, reader)) reader.skip(type, field);
  }
}

function nested(reader: BinaryReader): BinaryReader {
  return new BinaryReader(reader.bytes());
}

/** Clients send the largest 64-bit number for "no limit". */
function whole(value: bigint | string): number {
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}
