import { Client as Client10 } from "rpc-websockets";
import { Client as Client5 } from "rpc-websockets-5";
import { Client as Client7 } from "rpc-websockets-7";
import { Client as Client9 } from "rpc-websockets-9";

/** Methods that all versions of rpc-websockets' client have. */
export interface StockClient {
  on(event: string, listener: (...values: never[]) => void): unknown;
  once(event: string, listener: (...values: never[]) => void): unknown;
  call(method: string, params?: object): Promise<unknown>;
  notify(method: string, params?: object): Promise<unknown>;
  login(params: object): Promise<unknown>;
  listMethods(): Promise<unknown>;
  subscribe(event: string | string[]): Promise<unknown>;
  unsubscribe(event: string | string[]): Promise<unknown>;
  close(code?: number, data?: string): void;
}

export interface StockClientOptions {
  readonly reconnect?: boolean;
  readonly reconnect_interval?: number;
  readonly max_reconnects?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly localAddress?: string;
}

export type NewStockClient = (url: string, options?: StockClientOptions) => StockClient;

export const STOCK_CLIENTS: readonly (readonly [string, NewStockClient])[] = [
  ["7", (url, options) => new Client7(url, options as object) as unknown as StockClient],
  ["9", (url, options) => new Client9(url, options as object) as unknown as StockClient],
  ["10", (url, options) => new Client10(url, options as object) as unknown as StockClient],
];

/** The versions that Edgebind's programs have. */
export const EDGEBIND_CLIENTS: typeof STOCK_CLIENTS = [
  ["5", (url, options) => new Client5(url, options as object) as unknown as StockClient],
  ...STOCK_CLIENTS,
];
