import { ARTIFACTS_BUCKET, JetStreamObjects, type ObjectStore } from "@fleetlog/log";
import { describeObjectsContract } from "@fleetlog/log/contract";
import { startTestNats } from "../support/nats.ts";
import { requestRaw } from "../support/raw-nats.ts";

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
