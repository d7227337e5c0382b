// What a batched datagram worker sits on: client sockets and descriptors that outlive its thread, opened and closed here.

import { OWNED_DESCRIPTORS } from '../net/datagram.ts';
import { closeListener, closeOrphans, closeWake, type Listener, openListeners, openWake } from '../net/sockets.ts';
import type { Endpoint } from '../workers/messages.ts';

/** A worker that follows a dead one takes the same seat: what waits in the sockets is its to answer. */
export interface Seat {
  /** In the order of the listen addresses. */
  listeners: Listener[];
  wakeFd: number;
  /** Descriptors that the worker itself opened: closed for it when it died. */
  owned: SharedArrayBuffer;
}

/** A seat without client sockets. */
export function openSeat(): Seat {
  const owned = new SharedArrayBuffer(OWNED_DESCRIPTORS * 4);
  new Int32Array(owned).fill(-1);
  return { listeners: [], wakeFd: openWake(), owned };
}

/**
 * Opens `endpoint` once for each seat; a port 0 is the kernel's choice, the same for all. Returns where it listens, or
 * throws ListenError.
 */
export function listenAt(endpoint: Endpoint, seats: readonly Seat[]): Endpoint {
  const listeners = openListeners({ ...endpoint, count: seats.length });
  listeners.forEach((listener, index) => {
    seats[index].listeners.push(listener);
  });
  return { address: endpoint.address, port: listeners[0].port };
}

/** Closes what a worker that has ended left open. */
export function clearSeat({ owned }: Seat): void {
  closeOrphans(new Int32Array(owned));
}

/** Closes all of a seat whose worker has ended. */
export function closeSeat(seat: Seat): void {
  clearSeat(seat);
  for (const listener of seat.listeners) closeListener(listener);
  closeWake(seat.wakeFd);
}
