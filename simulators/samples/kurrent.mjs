// Follows a fleet with the official client of KurrentDB: npm install @kurrent/kurrentdb-client
//
//   FLEETLOG_KURRENT="kurrentdb://analyst:$API_KEY@fleetlog.example.com:2113?tlsCaFile=ca.pem" \
//   node kurrent.mjs <device> [file with the last position]
import { readFile, writeFile } from "node:fs/promises";
import { END, KurrentDBClient, START, StreamNotFoundError, streamNameFilter } from "@kurrent/kurrentdb-client";

const [device = "pump-1", file = "position.json"] = process.argv.slice(2);
const client = KurrentDBClient.connectionString(process.env.FLEETLOG_KURRENT);

// The newest five events of one device.
try {
  const newest = { direction: "backwards", fromRevision: END, maxCount: 5 };
  for await (const { event } of client.readStream(`device-${device}`, newest))
    console.log(`${event.streamId} ${event.revision} ${event.type} ${event.metadata.time}`);
} catch (error) {
  if (!(error instanceof StreamNotFoundError)) throw error;
  console.log(`${device} has no events that this key sees`);
}

// The events of all devices, from where the last run stopped, for ever.
const saved = await readFile(file, "utf8").then(BigInt, () => undefined);
const fromPosition = saved === undefined ? START : { commit: saved, prepare: saved };
const save = (position) => writeFile(file, String(position.commit));
const filter = streamNameFilter({ prefixes: ["device-"], checkpointReached: (_, position) => save(position) });
const subscription = client.subscribeToAll({ fromPosition, filter });
subscription.on("caughtUp", () => console.log("caught up"));
for await (const { event } of subscription) {
  console.log(`${event.position.commit} ${event.streamId} ${event.type}`);
  await save(event.position);
}
