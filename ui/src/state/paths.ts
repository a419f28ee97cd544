/** Paths of pages that other pages link to. */
export const paths = {
  signIn: "/sign-in",
  fleet: "/devices",
  device: (id: string): string => `/devices/${encodeURIComponent(id)}`,
  commands: "/commands",
  commandsOf: (device: string): string => `/commands?device=${encodeURIComponent(device)}`,
  command: (id: string): string => `/commands/${encodeURIComponent(id)}`,
  gateways: "/gateways",
  register: "/register",
} as const;
