import { DEVICE_EXAMPLES } from "../../examples.ts";

const moment = { at: "2026-01-31T12:00:01.000Z", seq: 122 };
const { DevicePage, DeviceDetail, FleetSummary } = DEVICE_EXAMPLES;

export const PAST_FLEET_EXAMPLES = {
  PastDevicePage: { ...DevicePage, ...moment },
  PastDevice: { ...DeviceDetail, at: moment.at, atSeq: moment.seq },
  PastSummary: { ...FleetSummary, ...moment },
  PastAnswer: { ...moment, result: [{ id: "main", name: "main", limits: {}, devices: 12, seq: 0 }] },
};
