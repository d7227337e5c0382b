// A small engine for tests of the stream server: answers by the first label of the question.

import { CLIENT_WORDS, Client, type Handler, PENDING, SILENCE } from '../../src/engine/client.ts';
import type { Moment } from '../../src/engine/moment.ts';

/** The first label of a query's question, as text. */
export function firstLabel(message: Uint8Array): string {
  return Buffer.from(message.subarray(13, 13 + message[12])).toString('latin1');
}

export interface Held {
  client: Client;
  message: Buffer;
}

/**
 * `huge` answers with 2,048 octets, `vast` with 60,000, `silent` with nothing, `later` when the test says so; every
 * other query is echoed as a reply at once. A reply gets silence, as the engine does it.
 */
export class EchoHandler implements Pick<Handler, 'handleQuery'> {
  readonly held: Held[] = [];
  readonly clients: Client[] = [];
  readonly times: number[] = [];
  /** Called for each query before it is answered, as another part of an engine might act in the middle of one. */
  onQuery: (label: string) => void = () => {};

  handleQuery(message: Uint8Array, length: number, client: Client, out: Uint8Array, now: Moment): number {
    if (message[2] & 0x80) return SILENCE;
    const label = firstLabel(message);
    this.clients.push(client);
    this.times.push(now.ms);
    this.onQuery(label);
    if (label === 'silent') return SILENCE;
    if (label === 'later') {
      this.held.push({ client: copyOf(client), message: reply(message, length) });
      return PENDING;
    }
    out.set(reply(message, length));
    if (label === 'huge') return 2048;
    return label === 'vast' ? 60_000 : length;
  }
}

/** As the engine keeps a client: its words, since the driver owns the object. */
function copyOf(client: Client): Client {
  const words = new Uint32Array(CLIENT_WORDS);
  client.save(words, 0);
  const copy = new Client();
  copy.restore(words, 0);
  return copy;
}

function reply(message: Uint8Array, length: number): Buffer {
  const copy = Buffer.from(message.subarray(0, length));
  copy[2] |= 0x80;
  return copy;
}
