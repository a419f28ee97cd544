import {
  type GatewayLost,
  type GatewayStopped,
  isSameSession,
  type Recorded,
  type SessionClosed,
  type SessionOpened,
  type SessionReference,
} from "@fleetlog/domain";
import type { DeviceResource } from "@fleetlog/protocol";

interface Session extends SessionReference {
  readonly gateway: string;
  /** Unknown for sessions that were open at the beginning of the span. */
  readonly incarnation: string | undefined;
}

/** The devices that are connected at this point of the history. */
export class Sessions {
  readonly #open = new Map<string, Session>();

  get size(): number {
    return this.#open.size;
  }

  has(device: string): boolean {
    return this.#open.has(device);
  }

  /** Devices that are connected at the beginning of the span. */
  begin({ id, session }: Pick<DeviceResource, "id" | "session">): void {
    if (session !== undefined)
      this.#open.set(id, { epoch: session.epoch, gateway: session.gateway, incarnation: undefined });
  }

  open({ id, seq, data }: Recorded<SessionOpened>): void {
    const { device, gateway, incarnation } = data;
    this.#open.set(device, { epoch: seq, session: id, gateway, incarnation });
  }

  /** @returns false for an older session than the device's newest */
  close({ data }: Recorded<SessionClosed>): boolean {
    const open = this.#open.get(data.device);
    if (open === undefined || !isSameSession(open, data)) return false;
    return this.#open.delete(data.device);
  }

  end(device: string): boolean {
    return this.#open.delete(device);
  }

  /** @returns the devices whose sessions ended with the gateway's process */
  endOf({ data }: Recorded<GatewayLost | GatewayStopped>): readonly string[] {
    const ended: string[] = [];
    for (const [device, { gateway, incarnation = data.incarnation }] of this.#open)
      if (gateway === data.gateway && incarnation === data.incarnation) ended.push(device);
    for (const device of ended) this.#open.delete(device);
    return ended;
  }
}
