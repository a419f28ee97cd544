import { BinaryReader } from "@bufbuild/protobuf/wire";

/** The revision or the state that the stream must have. */
export type Expected = bigint | "no_stream" | "any" | "stream_exists";

export interface Proposed {
  readonly id: string;
  readonly type: string;
  /** JSON. */
  readonly data: string;
  readonly metadata: string;
}

/** One message of `event_store.client.streams.AppendReq`. */
export interface AppendPart {
  readonly options?: { readonly stream: string; readonly expected: Expected };
  readonly proposed?: Proposed;
}

export function decodeAppend(bytes: Uint8Array): AppendPart {
  let part: AppendPart = {};
  each(new BinaryReader(bytes), {
    1: (reader) => {
      part = { options: optionsIn(reader) };
    },
    2: (reader) => {
      part = { proposed: proposedIn(reader) };
    },
  });
  return part;
}

function optionsIn(reader: BinaryReader): NonNullable<AppendPart["options"]> {
  let stream = "";
  let expected: Expected = "any";
  const state = (found: Expected) => (inner: BinaryReader) => {
    inner.bytes();
    expected = found;
  };
  each(nested(reader), {
    1: (inner) =>
      each(nested(inner), {
        3: (name) => {
          stream = text(name);
        },
      }),
    2: (inner) => {
      expected = BigInt(inner.uint64());
    },
    3: state("no_stream"),
    4: state("any"),
    5: state("stream_exists"),
  });
  return { stream, expected };
}

function proposedIn(reader: BinaryReader): Proposed {
  let [id, type, data, metadata] = ["", "", "", ""];
  each(nested(reader), {
    1: (inner) =>
      each(nested(inner), {
        2: (name) => {
          id = name.string();
        },
      }),
    2: (inner) => {
      const [key, value] = entryIn(inner);
      if (key === "type") type = value;
    },
    3: (inner) => {
      metadata = text(inner);
    },
    4: (inner) => {
      data = text(inner);
    },
  });
  return { id, type, data, metadata };
}

function entryIn(reader: BinaryReader): [string, string] {
  const entry: [string, string] = ["", ""];
  each(nested(reader), {
    1: (inner) => {
      entry[0] = inner.string();
    },
    2: (inner) => {
      entry[1] = inner.string();
    },
  });
  return entry;
}

function each(reader: BinaryReader, fields: Readonly<Record<number, (reader: BinaryReader) => void>>): void {
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const read = fields[field];
    if (read === undefined) reader.skip(type, field);
    else read(reader);
  }
}

function nested(reader: BinaryReader): BinaryReader {
  return new BinaryReader(reader.bytes());
}

function text(reader: BinaryReader): string {
  return Buffer.from(reader.bytes()).toString("utf8");
}
