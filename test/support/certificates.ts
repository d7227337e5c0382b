// Certificates made while tests run: an authority that nobody else trusts, and servers that it vouches for, well or badly.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A server's certificate and its key, in PEM. */
export interface Identity {
  cert: string;
  key: string;
}

const DAY_MS = 86_400_000;

/** One value of DER (X.690): its tag, its length, its octets. */
function der(tag: number, ...parts: (Buffer | number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
/** ecdsa-with-SHA256. */
const ALGORITHM = sequence(der(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
const COMMON_NAME = der(0x06, [0x55, 0x04, 0x03]);

const nameOf = (text: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));

/** As UTCTime has it: YYMMDDhhmmssZ. */
function timeOf(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));
}

/** Of 2.5.29, critical or not. */
function extension(number: number, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [der(0x01, [0xff])] : [];
  return sequence(der(0x06, [0x55, 0x1d, number]), ...critical, der(0x04, value));
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 4 ? der(0x87, name.split('.').map(Number)) : der(0x82, Buffer.from(name));
}

interface Plan {
  subject: string;
  publicKey: KeyObject;
  /** From and to, in Unix milliseconds. */
  validity: [number, number];
  extensions: Buffer[];
}

export class Authority {
  /** What whoever trusts it is given. */
  readonly pem: string;
  readonly #name: string;
  readonly #key: KeyObject;

  constructor(name: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#name = name;
    this.#key = privateKey;
    const isAuthority = extension(19, true, sequence(der(0x01, [0xff])));
    const validity: [number, number] = [Date.now() - DAY_MS, Date.now() + DAY_MS];
    this.pem = this.#sign({ subject: name, publicKey, validity, extensions: [isAuthority] });
  }

  /** Vouches for a server by these names and IPv4 addresses, until so many milliseconds from now. */
  vouch(names: readonly string[], forMs = DAY_MS): Identity {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const validity: [number, number] = [Date.now() - 2 * DAY_MS, Date.now() + forMs];
    const extensions = [extension(17, false, sequence(...names.map(alternativeName)))];
    const cert = this.#sign({ subject: names[0], publicKey, validity, extensions });
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
  }

  #sign({ subject, publicKey, validity, extensions }: Plan): string {
    const serial = randomBytes(8);
    serial[0] = 1;
    const signed = sequence(
      der(0xa0, der(0x02, [2])),
      der(0x02, serial),
      ALGORITHM,
      nameOf(this.#name),
      sequence(...validity.map(timeOf)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', signed, this.#key);
    const whole = sequence(signed, ALGORITHM, der(0x03, [0], signature));
    const lines = whole.toString('base64').match(/.{1,64}/g)!;
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  }
}
