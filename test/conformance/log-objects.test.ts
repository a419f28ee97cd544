import { Readable } from "node:stream";
import { ARTIFACTS_BUCKET, JetStreamObjects, type ObjectStore } from "@fleetlog/log";
import { describeObjectsContract } from "@fleetlog/log/contract";
import { expect, it } from "vitest";
import { startTestNats } from "../support/nats.ts";
import { requestRaw } from "../support/raw-nats.ts";

it("names the server's limit, with the account's figures, if nats-server has no space for all artifacts", async () => {
  const server = await startTestNats();
  const stream = { bucket: ARTIFACTS_BUCKET, maxBytes: 1024 ** 5, replicas: 1 };
  const objects = new JetStreamObjects({ url: server.url, name: "contract", stream });
  await expect(objects.write("a", Readable.from([Buffer.from("a")]))).rejects.toMatchObject({
    code: "storage-full",
    message: expect.stringMatching(/no space for the artifacts, which may have 1024TiB \(insufficient storage/),
    advice: expect.stringMatching(/stores 0B, has reserved 0B, and has no limit of its own\. Raise max_file_store/),
  });
  await objects.close();
  await server.cleanup();
});

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
