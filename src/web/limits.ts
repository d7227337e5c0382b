// How much of the admin server one request, one connection and all of them together may take.

export interface AdminLimits {
  /** Octets of all headers, the URL included; a body is taken nowhere. */
  headers: number;
  /** Milliseconds to send a request in, and between two requests of a connection. */
  requestMs: number;
  /** Milliseconds without a sign from the client; a reload takes less. */
  idleMs: number;
  connections: number;
}

export const ADMIN_LIMITS: AdminLimits = { headers: 8192, requestMs: 5000, idleMs: 120_000, connections: 128 };
