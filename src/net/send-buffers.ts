// Buffers for messages on their way out of node:dgram, each lent until its send is done.

import { MAX_DATAGRAM } from '../engine/client.ts';

/** Sends that may be under way at once; more are dropped. */
const MOST = 1024;

/** One buffer, lent. `sent` is the callback that brings it back. */
export interface SendBuffer {
  payload: Uint8Array;
  sent: (error: Error | null) => void;
}

/**
 * `send` of node:dgram reads the buffer later than it returns: one buffer used for three replies sends the third one
 * three times. So a buffer is lent to one send at a time, and the callback of that send brings it back.
 */
export class SendBuffers {
  readonly #free: SendBuffer[] = [];
  readonly #onError: (error: Error) => void;
  readonly #onSent: () => void;
  #made = 0;

  constructor(onSent: () => void, onError: (error: Error) => void) {
    this.#onSent = onSent;
    this.#onError = onError;
  }

  /** A buffer of MAX_DATAGRAM octets, or undefined when all are under way. */
  take(): SendBuffer | undefined {
    return this.#free.pop() ?? (this.#made < MOST ? this.#make() : undefined);
  }

  /** Brings back a buffer that was not sent. */
  give(buffer: SendBuffer): void {
    this.#free.push(buffer);
  }

  #make(): SendBuffer {
    this.#made++;
    const buffer: SendBuffer = {
      payload: new Uint8Array(MAX_DATAGRAM),
      sent: (error) => {
        this.#free.push(buffer);
        if (error) this.#onError(error);
        else this.#onSent();
      },
    };
    return buffer;
  }
}
