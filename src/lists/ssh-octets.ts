// The fields that keys and signatures of SSH consist of (RFC 4251 §5), read without a fear of what they say.

/** A field with its length before it. */
export function sshString(octets: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([length, octets]);
}

/** Reads fields one after the other. Where there is no more, they are empty, and it is not whole. */
export class SshOctets {
  readonly #octets: Buffer;
  #at = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** Whether all fields so far were there, and nothing follows. */
  get isWhole(): boolean {
    return this.#at === this.#octets.length;
  }

  number(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#octets.readUInt32BE(at);
  }

  string(): Buffer {
    const length = this.number();
    const at = this.#take(length);
    return at < 0 ? Buffer.alloc(0) : this.#octets.subarray(at, at + length);
  }

  /** A number that is not negative, in `width` octets; undefined where it is negative or longer. */
  integer(width?: number): Buffer | undefined {
    const octets = this.string();
    if (octets.length > 0 && octets[0] >= 0x80) return undefined;
    let from = 0;
    while (from < octets.length && octets[from] === 0) from++;
    const digits = octets.subarray(from);
    if (width === undefined || digits.length === width) return digits;
    return digits.length > width ? undefined : Buffer.concat([Buffer.alloc(width - digits.length), digits]);
  }

  /** Where the next octets begin; -1 where so many are not there, nor ever will be. */
  #take(length: number): number {
    const at = this.#at;
    if (at > this.#octets.length || length > this.#octets.length - at) {
      this.#at = this.#octets.length + 1;
      return -1;
    }
    this.#at = at + length;
    return at;
  }
}
