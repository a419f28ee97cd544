import { createAgent, fileStore } from "@fleetlog/agent";

const [url = "", device = "", token = "", file = "", version] = process.argv.slice(2);
let ran = 0;
const agent = createAgent({
  url,
  device,
  token,
  mqttVersion: version === "4" ? 4 : 5,
  store: fileStore(file),
  backoff: { baseMs: 50, capMs: 200 },
  commands: { hang: () => new Promise(() => {}), count: () => ++ran },
});
agent.on("commandStarted", ({ name }) => process.stdout.write(`started ${name}\n`));
agent.start();
for (let n = 0; ; n++) {
  const { boot, seq } = n % 3 === 0 ? agent.event("tick", { n }) : agent.report({ n });
  process.stdout.write(`stored ${boot}:${seq}\n`);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
