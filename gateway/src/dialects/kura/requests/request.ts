import type { Download } from "@fleetlog/fleet";
import type { TSchema } from "typebox";
import type { ArtifactVersion } from "../../../sessions/index.ts";
import type { KuraPayload, OutgoingMetric } from "../payload/codec.ts";

/** Applications of a Kura device that take requests. */
export type KuraApp = "CMD-V1" | "CONF-V1" | "DEPLOY-V2";

/** A request to an application of the device. */
export interface Asked {
  readonly method: "GET" | "PUT" | "EXEC";
  readonly resource: string;
  readonly metrics?: readonly OutgoingMetric[];
  readonly body?: string;
}

/** What a device notifies about while it works on a package. */
export type Stage = "download" | "install" | "uninstall";

/** A command that a Kura device can do. */
export interface KuraRequest {
  readonly name: string;
  readonly title: string;
  readonly app: KuraApp;
  readonly params: TSchema;
  /** Whether the command is sent again after a reconnection, because doing it twice does no harm. */
  readonly isRepeatable: boolean;
  /** A command must have exactly one of these parameters. */
  readonly exclusive?: readonly string[];
  /** What is wrong with the parameters, apart from their schema. */
  fault?(params: unknown): string | undefined;
  /** The artifact that the device downloads. */
  artifactIn?(params: unknown): ArtifactVersion | undefined;
  /**
   * @param params of the command, after the schema check
   * @param job names the work in the device's notifications
   * @param download the link to the artifact in the parameters, and its digest
   */
  ask(params: unknown, job: bigint, download?: Download): Asked;
  /**
   * The result in a reply with code 200. Absent: the reply only accepts the work, which ends with a notification.
   * @throws XmlFault
   */
  resultIn?(reply: KuraPayload): unknown;
  /** The stages that the device notifies about, in order. The last one ends the command. */
  stages?(params: unknown): readonly Stage[];
}

export const text = (name: string, value: string): OutgoingMetric => ({ name, type: "STRING", value });
export const int = (name: string, value: number): OutgoingMetric => ({ name, type: "INT32", value });
export const bool = (name: string, value: boolean): OutgoingMetric => ({ name, type: "BOOL", value });
export const long = (name: string, value: bigint): OutgoingMetric => ({ name, type: "INT64", value });

export function textIn({ metrics }: KuraPayload, name: string): string | undefined {
  const value = metrics.get(name)?.value;
  return typeof value === "string" ? value : undefined;
}

/** Undefined also for an INT64 that a number can't represent. */
export function numberIn({ metrics }: KuraPayload, name: string): number | undefined {
  const value = metrics.get(name)?.value;
  return typeof value === "number" ? value : undefined;
}
