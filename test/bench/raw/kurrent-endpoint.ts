import { hostKurrent } from "@fleetlog/history/kurrent";
import { connectBackbone } from "@fleetlog/log";
import { BENCH_STREAMS } from "../fleet-log.ts";

/* The Kurrent endpoint in a process of its own: node kurrent-endpoint.ts <NATS> <folder with cert.pem and key.pem> */

const [url = "", folder = ""] = process.argv.slice(2);
const backbone = await connectBackbone({ url, name: "kurrent", streams: BENCH_STREAMS });
const host = hostKurrent({
  settings: { host: "127.0.0.1", kurrentPort: 0, tlsCert: `${folder}/cert.pem`, tlsKey: `${folder}/key.pem` },
  backbone,
  folder: `${folder}/index`,
  telemetryRepeats: { seq: Number.POSITIVE_INFINITY, isRepeat: () => false },
  logger: { info() {}, warn() {}, error: (details) => console.error(details) },
});
await host?.started;
process.send?.({ port: host?.port });
process.on("message", () => process.send?.(process.cpuUsage()));
process.on("disconnect", () => process.exit());
