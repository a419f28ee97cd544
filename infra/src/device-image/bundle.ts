import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { licensed, thirdParty } from "@fleetlog/ui/licences";
import { packageFolders } from "@fleetlog/ui/third-party";
import { build, type Rollup } from "vite";
import { root } from "../system/root.ts";
import { type DeviceFile, file } from "./files.ts";

const ENTRY = "services/agent/src/program.ts";
export const AGENT = "fleetlog-agent.mjs";

/** The agent as one file of JavaScript for Node 18 and newer, and its licences. */
export async function agentFiles(): Promise<DeviceFile[]> {
  const built = await build({
    root,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, target: "node" },
    build: {
      write: false,
      ssr: join(root, ENTRY),
      target: "node18",
      rollupOptions: { output: { format: "es", entryFileNames: AGENT, codeSplitting: false } },
    },
  });
  const chunks = [built].flat().flatMap((each) => (each as Rollup.RollupOutput).output);
  const [chunk] = chunks;
  if (chunk?.type !== "chunk" || chunks.length !== 1)
    throw new Error(`the agent became ${chunks.length} files, not one`);
  const licences = thirdParty("The agent contains", packageFolders(chunk.moduleIds).map(licensed));
  return [
    file(`agent/${AGENT}`, chunk.code),
    file("agent/LICENSE", await readFile(join(root, "LICENSE"), "utf8")),
    file("agent/third-party.txt", licences),
  ];
}
