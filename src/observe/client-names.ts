// How the log of hits names clients: by a keyed pseudonym, by address or the id of a device, or not at all.

import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EventReader } from '../engine/event-reader.ts';
import { addressText } from '../wire/address-text.ts';
import type { HitLabels } from './hit-labels.ts';

/** Clients whose names are kept: a name costs some 5 µs to make, and 100 ns to find. */
const MOST_KEPT = 8192;
/** Hexadecimal digits of a pseudonym: among a million clients, two are taken for one with a chance of 1 in 40 million. */
const DIGITS = 16;

export interface ClientName {
  /** Whether it is that of a device which a forwarder named, and not of an address. */
  isDevice: boolean;
  /** Empty where clients are not named. */
  text: string;
  /** As a member of an ECS line, with its comma. */
  ecs: Uint8Array;
}

const NOBODY: ClientName = { isDevice: false, text: '', ecs: new Uint8Array(0) };
const encoder = new TextEncoder();
/** In front of the id of a device, so that no id has the pseudonym of an address. */
const DEVICE = 'device ';

/** The octets of an address: 4, or 16. */
function octetsOf(event: EventReader): Uint8Array {
  const octets = new Uint8Array(event.family === 4 ? 4 : 16);
  const view = new DataView(octets.buffer);
  for (let word = 0; word * 4 < octets.length; word++) view.setUint32(word * 4, event.address(word));
  return octets;
}

export class ClientNames {
  readonly #kind: 'pseudonym' | 'plain' | 'none';
  readonly #key: Uint8Array;
  readonly #names = new LRUCache<number | string, ClientName>({ max: MOST_KEPT });

  /** `key` is that of the pseudonyms: whoever has it can tell which address is behind one. */
  constructor(kind: 'pseudonym' | 'plain' | 'none', key: Uint8Array) {
    this.#kind = kind;
    this.#key = key;
  }

  /** `labels` are those of the event's generation. */
  of(event: EventReader, labels: HitLabels): ClientName {
    if (this.#kind === 'none') return NOBODY;
    const device = labels.device(event);
    if (device !== undefined) return this.#ofDevice(device, labels.deviceMac(event));
    const key = event.family === 4 ? event.address(0) : this.#key6(event);
    const known = this.#names.get(key);
    if (known) return known;
    const name = this.#name(event);
    this.#names.set(key, name);
    return name;
  }

  /** Whichever forwarder names it, and by whichever name. */
  #ofDevice(id: string, mac: string): ClientName {
    const key = `${DEVICE}${id} ${mac}`;
    const known = this.#names.get(key);
    if (known) return known;
    const isPlain = this.#kind === 'plain';
    const text = isPlain ? id : this.#pseudonym(encoder.encode(DEVICE + id));
    const client = isPlain && mac ? `"client":{"mac":"${mac}"},` : '';
    const name = { isDevice: true, text, ecs: encoder.encode(`${client}"device":{"id":"${text}"},`) };
    this.#names.set(key, name);
    return name;
  }

  #pseudonym(octets: Uint8Array): string {
    return createHmac('sha256', this.#key).update(octets).digest('hex').slice(0, DIGITS);
  }

  #key6(event: EventReader): string {
    return `${event.address(0)} ${event.address(1)} ${event.address(2)} ${event.address(3)}`;
  }

  #name(event: EventReader): ClientName {
    const octets = octetsOf(event);
    if (this.#kind === 'plain') {
      const text = addressText(event.family === 4 ? 4 : 6, octets);
      return { isDevice: false, text, ecs: encoder.encode(`"client":{"address":"${text}","ip":"${text}"},`) };
    }
    const text = this.#pseudonym(octets);
    return { isDevice: false, text, ecs: encoder.encode(`"client":{"address":"${text}"},`) };
  }
}
