import type { ImportSummary } from "../../data/imports.ts";

export type ImportKind = ImportSummary["kind"];

export interface FileTemplate {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

export const FILES: Readonly<Record<ImportKind, readonly FileTemplate[]>> = {
  devices: [
    csv("devices.csv", ["id,name,tags,type", "pump-1,Pump 1,hall-1 north,", 'pump-2,"Pump 2, spare",hall-1,']),
    json("devices.json", { rows: [{ id: "pump-1", name: "Pump 1", tags: ["hall-1", "north"] }] }),
  ],
  "provision-requests": [
    csv("provision-requests.csv", [
      "clientId,userName,device.name,device.tags,configuration.interval",
      "0090E8A1B2C3,0090E8A1B2C3-TAIJB1023211,Meter 7,hall-2,30",
      "0090E8A1B2C4,0090E8A1B2C4-TAIJB1023212,Meter 8,hall-2 north,60",
    ]),
    json("provision-requests.json", {
      template: { generateActivationKey: true, device: { tags: ["hall-2"] }, configuration: { interval: 30 } },
      rows: [{ clientId: "0090E8A1B2C3", userName: "0090E8A1B2C3-TAIJB1023211", "device.name": "Meter 7" }],
    }),
  ],
};

export const TEMPLATE = `{
  "generateActivationKey": true,
  "device": { "tags": ["new"] }
}`;

/** Error text for a template; "" for a valid template. */
export function templateFault(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? "" : "This must be a JSON object.";
  } catch {
    return "This is not valid JSON.";
  }
}

export function isJson({ name, type }: Pick<File, "name" | "type">): boolean {
  return type === "application/json" || name.toLowerCase().endsWith(".json");
}

function csv(name: string, lines: readonly string[]): FileTemplate {
  return { name, type: "text/csv", text: `${lines.join("\r\n")}\r\n` };
}

function json(name: string, value: object): FileTemplate {
  return { name, type: "application/json", text: `${JSON.stringify(value, null, 2)}\n` };
}
