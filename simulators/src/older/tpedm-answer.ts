export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface ApiAnswer {
  readonly state: number;
  readonly payload: unknown;
}
