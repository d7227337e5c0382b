// A datagram worker's line to the stream worker: questions out, answers back into the engine.

import type { MessagePort } from 'node:worker_threads';
import type { Engine } from '../engine/engine.ts';
import type { StreamAnswer, StreamAsk } from './messages.ts';
import { moment } from './worker-engine.ts';

export class StreamLine {
  /** Undefined before the first line is laid; a later one takes its place, when either worker is replaced. */
  port: MessagePort | undefined;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Takes a copy of the question to the stream worker. Without one (it is being replaced) the question runs into its
   * time limit, and is asked again.
   */
  readonly ask = (ticket: number, upstream: number, message: Uint8Array, length: number): void => {
    const ask: StreamAsk = { ticket, upstream, message: message.slice(0, length) };
    this.port?.postMessage(ask);
  };

  /** Hands one answer, or its absence, to the engine. */
  readonly take = ({ ticket, message }: StreamAnswer): void => {
    if (message) this.#engine.handleStreamReply(ticket, message, message.length, moment());
    else this.#engine.handleStreamFailure(ticket, moment());
  };
}
