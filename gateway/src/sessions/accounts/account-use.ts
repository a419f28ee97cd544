import type { Bus, BusSubscription } from "@fleetlog/log";
import { ACCOUNTS_USED, type AccountUse, checker } from "@fleetlog/protocol";
import Type from "typebox";
import type { AccountRates } from "./account-rates.ts";

const REPORT_MS = 1_000;
const ACCOUNTS_IN_MESSAGE = 1_000;
const Used = Type.Tuple([Type.String(), Type.Number(), Type.Number()]);
const check = checker(Type.Object({ gateway: Type.String(), used: Type.Array(Used) }));

/**
 * Gateways share how much devices have sent, so that the limits of an account hold for all gateways together. Each
 * gateway sends at most one message a second for each 1,000 accounts.
 */
export class AccountUses {
  readonly #bus: Bus;
  readonly #rates: AccountRates;
  readonly #gateway: string;
  #subscription: BusSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(bus: Bus, rates: AccountRates, gateway: string) {
    this.#bus = bus;
    this.#rates = rates;
    this.#gateway = gateway;
  }

  start(): void {
    this.#subscription = this.#bus.subscribe(ACCOUNTS_USED, ({ data }) => {
      const checked = check(data);
      if (checked.ok && checked.value.gateway !== this.#gateway) this.#rates.takeElsewhere(checked.value.used);
    });
    this.#timer = setInterval(() => this.report(), REPORT_MS);
    this.#timer.unref();
  }

  report(): void {
    const used = this.#rates.used();
    for (let from = 0; from < used.length; from += ACCOUNTS_IN_MESSAGE) {
      const message: AccountUse = { gateway: this.#gateway, used: used.slice(from, from + ACCOUNTS_IN_MESSAGE) };
      this.#bus.publish(ACCOUNTS_USED, message);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#subscription?.stop();
  }
}
