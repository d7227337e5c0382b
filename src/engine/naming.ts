// Tells which device asks, where whoever passed its query on names it and is taken at its word.

import { findDevice, NAMED_BY } from '../policy/devices.ts';
import { namingOf4, namingOf6 } from '../policy/groups.ts';
import { type Image, NO_DEVICE } from '../policy/image.ts';
import { idSize, MAC_OCTETS, OPTION_HEADER, readMac } from '../wire/device-option.ts';
import { type Query, SAID_TWICE } from '../wire/query.ts';
import type { Client } from './client.ts';

/** What came of it. NOBODY: no device was named, or by somebody who has no say. */
export const NAMED = { NOBODY: 0, KNOWN: 1, UNKNOWN: 2, MALFORMED: 3 } as const;

/** Reused; one for each image. */
export class Naming {
  readonly #image: Image;
  readonly #mac = new Uint8Array(MAC_OCTETS);

  constructor(image: Image) {
    this.#image = image;
  }

  /**
   * Sets the device that asks through the client, or NO_DEVICE: then it is the client itself that is judged. Returns one
   * of NAMED. Where MAC and id may both be said, the MAC decides alone: it is of the device, an id often of its network.
   */
  find(client: Client, query: Query): number {
    client.device = NO_DEVICE;
    const image = this.#image;
    const { macAt, idAt } = query;
    if ((macAt | idAt) === 0 || image.deviceCount === 0) return NAMED.NOBODY;
    const says =
      client.family === 4
        ? namingOf4(image, client.a | 0)
        : namingOf6(image, client.a | 0, client.b | 0, client.c | 0, client.d | 0);
    if (macAt !== 0 && says & (1 << NAMED_BY.MAC)) return this.#byMac(client, query);
    return idAt !== 0 && says & (1 << NAMED_BY.ID) ? this.#byId(client, query) : NAMED.NOBODY;
  }

  #byMac(client: Client, { raw, macAt }: Query): number {
    if (macAt === SAID_TWICE || !readMac(raw, macAt, this.#mac)) return NAMED.MALFORMED;
    client.device = findDevice(this.#image, NAMED_BY.MAC, this.#mac, 0, MAC_OCTETS);
    return client.device === NO_DEVICE ? NAMED.UNKNOWN : NAMED.KNOWN;
  }

  #byId(client: Client, { raw, idAt }: Query): number {
    const size = idAt === SAID_TWICE ? -1 : idSize(raw, idAt);
    if (size < 0) return NAMED.MALFORMED;
    client.device = findDevice(this.#image, NAMED_BY.ID, raw, idAt + OPTION_HEADER, size);
    return client.device === NO_DEVICE ? NAMED.UNKNOWN : NAMED.KNOWN;
  }
}
