import { DEVICE_EXAMPLES } from "../../devices/examples.ts";

const moment = { at: "2026-01-31T12:00:01.000Z", seq: 122 };
const { DevicePage, DeviceDetail, FleetSummary } = DEVICE_EXAMPLES;

export const PAST_FLEET_EXAMPLES = {
  PastDevicePage: { ...DevicePage, ...moment },
  PastDevice: {
    ...{ ...DeviceDetail, at: moment.at, atSeq: moment.seq },
    known: { at: "2026-01-31T14:30:00.000Z", seq: 190 },
    reports: [
      {
        ...{ stream: "FLEET", seq: 141, id: "pump-7:b1:12", type: "DeviceEventReported" },
        time: "2026-01-31T13:02:11.000Z",
        happenedAt: "2026-01-31T11:58:40.000Z",
        data: { name: "valve-opened", data: { valve: 7 }, boot: "b1", seq: 12 },
      },
    ],
  },
  PastSummary: { ...FleetSummary, ...moment },
  PastAnswer: { ...moment, result: [{ id: "main", name: "main", limits: {}, devices: 12, seq: 0 }] },
};
