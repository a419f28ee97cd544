import { ARTIFACTS_BUCKET, connectBackbone, JetStreamObjects, type ObjectStore } from "@fleetlog/log";
import { describeObjectsContract } from "@fleetlog/log/contract";
import { describe, expect, it } from "vitest";
import { startTestNats } from "../support/nats.ts";
import { requestRaw } from "../support/raw-nats.ts";

describe("JetStream objects for which nats-server has little space", () => {
  const openOn = (url: string, maxBytes: number) =>
    new JetStreamObjects({ url, name: "contract", stream: { bucket: ARTIFACTS_BUCKET, maxBytes, replicas: 1 } });

  it("are refused with the server's limit and the account's figures if there is too little", async () => {
    const server = await startTestNats();
    const objects = openOn(server.url, 1024 ** 5);
    await expect(objects.write("a", inParts(Buffer.from("a")))).rejects.toMatchObject({
      code: "storage-full",
      message: expect.stringMatching(/no space for the artifacts, which may have 1024TiB \(insufficient storage/),
      advice: expect.stringMatching(
        /stores 0B, (has reserved 0B, )?and has no limit of its own\. Raise max_file_store/,
      ),
    });
    await objects.close();
    await server.cleanup();
  });

  it("are read and written after a restart, although there is no space for a second such stream", async () => {
    const server = await startTestNats();
    // The server has 64 GiB.
    const first = openOn(server.url, 40 * 1024 ** 3);
    await first.write("a", inParts(Buffer.from("kept")));
    await first.close();
    await server.stop();
    await server.start();
    const second = openOn(server.url, 40 * 1024 ** 3);
    const parts: Uint8Array[] = [];
    for await (const part of second.read("a")) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe("kept");
    await second.write("b", inParts(Buffer.from("b")));
    await second.close();
    await server.cleanup();
  });

  it("let a process open an existing bucket, although there is no space for a second such bucket", async () => {
    const server = await startTestNats();
    for (const value of ["first", "second"]) {
      const backbone = await connectBackbone({ url: server.url, name: "contract", streams: [] });
      const bucket = await backbone.buckets.open("large", { maxBytes: 40 * 1024 ** 3 });
      await bucket.put("key", value);
      expect((await bucket.get("key"))?.value).toBe(value);
      await expect(backbone.buckets.open("other", { maxBytes: 40 * 1024 ** 3 })).rejects.toMatchObject({
        code: "log-full",
        message: expect.stringMatching(/no space for the bucket other, which needs 40GiB \(insufficient storage/),
        advice: expect.stringMatching(/stores .*and has no limit of its own\. Raise max_file_store/),
      });
      await backbone.close();
      await server.stop();
      await server.start();
    }
    await server.cleanup();
  });
});

async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describeObjectsContract("JetStream objects", async () => {
  const server = await startTestNats();
  const opened: ObjectStore[] = [];
  const store = (bucket: string, maxBytes: number) => {
    const stream = { bucket, maxBytes, replicas: 1 };
    const objects = new JetStreamObjects({ url: server.url, name: "contract", stream });
    opened.push(objects);
    return objects;
  };
  return {
    open: () => store(ARTIFACTS_BUCKET, 1024 ** 3),
    openSmall: (maxBytes) => store("small", maxBytes),
    async used() {
      const info = await requestRaw(server.port, `$JS.API.STREAM.INFO.OBJ_${ARTIFACTS_BUCKET}`);
      return (info as { readonly state: { readonly bytes: number } }).state.bytes;
    },
    async close() {
      await Promise.all(opened.map((objects) => objects.close()));
      await server.cleanup();
    },
  };
});
