import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FleetError } from "@fleetlog/domain";
import type { Download } from "@fleetlog/fleet";
import type { DeviceReports } from "../../../sessions/index.ts";
import type { MqttDialectConnection, MqttMessage } from "../../mqtt-dialect.ts";

export type GivenMetric = string | number | bigint | boolean;

/** A payload as a device writes it: INT32 for a number, INT64 for a bigint. */
export function payloadOf(metrics: Readonly<Record<string, GivenMetric>>, body?: string): Buffer {
  const writer = new BinaryWriter();
  for (const [name, value] of Object.entries(metrics)) {
    const metric = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.Varint);
    if (typeof value === "string") metric.int32(5).tag(8, WireType.LengthDelimited).string(value);
    else if (typeof value === "boolean") metric.int32(4).tag(7, WireType.Varint).bool(value);
    else if (typeof value === "bigint") metric.int32(2).tag(5, WireType.Varint).int64(value);
    else metric.int32(3).tag(6, WireType.Varint).int32(value);
    writer.tag(5000, WireType.LengthDelimited).bytes(metric.finish());
  }
  if (body !== undefined) writer.tag(5001, WireType.LengthDelimited).string(body);
  return Buffer.from(writer.finish());
}

/** A connection that records what the dialect reports by itself. */
export class FakeConnection implements MqttDialectConnection {
  readonly reported: DeviceReports[] = [];
  offers = 0;
  counted = 0;
  readonly clock = (): number => 1_000;

  async publish(_message: MqttMessage): Promise<boolean> {
    return true;
  }

  async report(reports: DeviceReports): Promise<number> {
    this.reported.push(reports);
    return 1;
  }

  /** What `downloadOf` returns or throws, by the artifact's name. */
  readonly artifacts = new Map<string, Download | FleetError>();

  async downloadOf({ name }: { readonly name: string }): Promise<Download> {
    const found = this.artifacts.get(name) ?? new FleetError("artifact-unknown", `no artifact ${name}`);
    if (found instanceof FleetError) throw found;
    return found;
  }

  subscribe(): boolean {
    return true;
  }

  offerCommands(): void {
    this.offers += 1;
  }

  countBytes(bytes: number): void {
    this.counted += bytes;
  }
}
