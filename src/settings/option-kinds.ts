// The kinds of value an option can hold, as zod schemas whose problems carry a fix and whose types are resolved.

import { domainToASCII } from 'node:url';
import * as z from 'zod';
import { textFromWire, wireFromText } from '../wire/name-text.ts';
import { readAddress, readEndpoint, readPrefix } from './address.ts';
import { DEVICE_ID } from './devices.ts';
import { LANGUAGES } from './languages.ts';
import { isTrouble, type Trouble } from './problems.ts';
import {
  DURATION_PATTERN,
  GRACE_PATTERN,
  readDuration,
  readGrace,
  readShare,
  readSize,
  readTime,
  SHARE_PATTERN,
  SIZE_PATTERN,
  TIME_PATTERN,
} from './values.ts';

/** Description, examples and unit go into the JSON Schema; examples also into the fix of a bad value. */
export interface About {
  description: string;
  examples?: unknown[];
  /** What the resolved number counts. */
  unit?: string;
}

type Context = { issues: unknown[] };

function refuse(context: Context, input: unknown, trouble: Trouble): never {
  context.issues.push({ code: 'custom', message: trouble.message, params: { fix: trouble.fix }, input });
  return z.NEVER;
}

/** A text with a reader of its own: the resolved value, or what is wrong with it. */
export function readBy<T extends {}>(read: (text: string) => T | Trouble, about: About, pattern?: string) {
  return z
    .string()
    .transform((value, context): T => {
      const result = read(value);
      return isTrouble(result) ? refuse(context, value, result) : result;
    })
    .meta(pattern === undefined ? { ...about } : { ...about, pattern });
}

interface Range {
  least: number;
  most: number;
  /** The two bounds as people write them. */
  leastText: string;
  mostText: string;
}

function measured(read: (value: string | number) => number | Trouble, range: Range, about: About, pattern: string) {
  const written = z.union([z.string().meta({ pattern }), z.int().min(0)]);
  return written
    .transform((value, context): number => {
      const result = read(value);
      if (isTrouble(result)) return refuse(context, value, result);
      if (result >= range.least && result <= range.most) return result;
      const message = `"${value}" is ${result < range.least ? 'too little' : 'too much'}`;
      return refuse(context, value, { message, fix: `write a value from ${range.leastText} to ${range.mostText}` });
    })
    .meta({ ...about });
}

/** Octets, written `64MiB`. */
export function size(range: Range, description: string) {
  return measured(readSize, range, { description, examples: ['64MiB'], unit: 'octets' }, SIZE_PATTERN);
}

/** Seconds, written `30s` or `1d`. */
export function duration(range: Range, description: string) {
  return measured(readDuration, range, { description, examples: ['30s', '1d'], unit: 'seconds' }, DURATION_PATTERN);
}

/** A part of something, written `50%`; infinite where it is `off`. */
export function share(description: string, example: string) {
  return readBy(readShare, { description, examples: [example, 'off'] }, SHARE_PATTERN);
}

/** Unix seconds; a date without a time is 00:00 of that day in UTC. `null` says that there is none. */
export function time(description: string) {
  const about = `${description} A date without a time is 00:00 of that day in UTC.`;
  const examples = ['2023-03-10', '2023-03-10T08:00:00+01:00'];
  const moment = readBy(readTime, { description: about, examples, unit: 'unix seconds' }, TIME_PATTERN);
  return moment.nullable().default(null).meta({ description: about, examples });
}

/** Unix seconds, of a moment that must be given. */
export function moment(description: string, example: string) {
  const about = { description: `${description} A date without a time is 00:00 of that day in UTC.` };
  return readBy(readTime, { ...about, examples: [example], unit: 'unix seconds' }, TIME_PATTERN);
}

/** A time for getting used to it: so long from the effective date on, or until a moment. */
export function grace(description: string) {
  const about = { description, examples: ['P14D', '2023-03-31'] };
  return readBy(readGrace, about, `${GRACE_PATTERN}|${TIME_PATTERN}`).optional();
}

/** A socket of our own. */
export function listener(about: About) {
  return readBy((value) => readEndpoint(value, undefined, 0), about);
}

/** A server that answers DNS over UDP and TCP. */
export const upstream = readBy((value) => readEndpoint(value, 53), {
  description: 'Address of an upstream, with a port where it is not 53.',
  examples: ['9.9.9.9', '127.0.0.1:5398', '[2620:fe::fe]:53'],
});

export const prefix = readBy(readPrefix, {
  description: 'Clients by their address: a prefix, or one address.',
  examples: ['10.10.0.0/16', '2001:db8:10::/48', '192.0.2.7'],
});

/** The octets of an address of one family. */
export function addressOf(family: 4 | 6, description: string) {
  const example = family === 4 ? '192.0.2.53' : '2001:db8::53';
  return readBy(
    (value) => {
      const address = readAddress(value);
      if (address?.family === family && !address.scope) return address.octets;
      return { message: `"${value}" is no IPv${family} address`, fix: `write an address such as ${example}` };
    },
    { description, examples: [example] },
  );
}

const ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** The word by which other options, metrics and logs call something. */
export function id(description: string, examples: string[]) {
  return readBy(
    (value) => {
      if (ID.test(value)) return value;
      const mended = value
        .toLowerCase()
        .replace(/[^a-z0-9._-]+/g, '-')
        .replace(/^[^a-z0-9]+|-+$/g, '')
        .slice(0, 63);
      const fix = `use a to z, 0 to 9, "-", "." and "_", at most 63${mended ? `, such as ${mended}` : ''}`;
      return { message: `"${value}" cannot be an id`, fix };
    },
    { description, examples },
    ID.source,
  );
}

const ALLOWED = /^(baseline:)?[a-z0-9][a-z0-9._-]{0,62}$/;

/** What a group may allow: the id of a list, or `baseline:` and that of a pack. */
export function allowed(description: string, examples: string[]) {
  return readBy(
    (value) => {
      if (ALLOWED.test(value)) return value;
      const fix = 'name a list by its id, or a pack that comes with Sluis, such as baseline:os-updates';
      return { message: `"${value}" cannot be the id of a list`, fix };
    },
    { description, examples },
    ALLOWED.source,
  );
}

/** The word by which the device registry calls a device. */
export const deviceId = readBy(
  (value) => {
    if (DEVICE_ID.test(value)) return value;
    const fix = 'write it as in the registry: letters, digits, "-", ".", "_", ":" and "/", at most 63';
    return { message: `"${value}" cannot be the id of a device`, fix };
  },
  { description: 'A device, by its id in the registry.', examples: ['laptop-0417'] },
  DEVICE_ID.source,
);

const STAR = 0x2a;

/** Canonical text of a name: lower case, A-labels, no dot at the end. */
function readName(value: string): string | Trouble {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly the ASCII range is meant
  const ascii = /^[\x00-\x7f]*$/.test(value) ? value : domainToASCII(value);
  const wire = ascii ? wireFromText(ascii.toLowerCase()) : undefined;
  if (!wire) {
    const fix = 'write labels of 1 to 63 characters with dots between them, such as intern.example';
    return { message: `"${value}" is no domain name`, fix };
  }
  if (wire[0] === 1 && wire[1] === STAR) {
    return { message: `"${value}" is a pattern, where a name is meant`, fix: 'write the name without "*."' };
  }
  return textFromWire(wire);
}

function readZone(value: string): string | Trouble {
  const name = readName(value);
  if (name !== '.') return name;
  return { message: 'a forward zone cannot be the root', fix: 'put servers for all names in "upstreams"' };
}

function readSearchDomain(value: string): string | Trouble {
  const name = readName(value);
  if (name !== '.') return name;
  return { message: 'a search domain cannot be the root', fix: 'write the domain that clients put after names' };
}

export const searchDomain = readBy(readSearchDomain, {
  description: 'A domain that clients try names in, as DHCP or resolv.conf tells them.',
  examples: ['corp.example'],
});

/** Canonical text of a name that is not the root. */
export function hostName(description: string, example: string) {
  const read = (value: string) => {
    const name = readName(value);
    if (name !== '.') return name;
    return { message: 'the root is every name', fix: `write a name such as ${example}` };
  };
  return readBy(read, { description, examples: [example] });
}

export const zone = readBy(readZone, {
  description: 'A name; it and all names beneath it are meant.',
  examples: ['intern.example', '10.in-addr.arpa'],
});

/** What people read: one line, not empty. */
export function line(description: string, examples: string[]) {
  return readBy(
    (value) => {
      const kept = value.trim();
      if (kept === '') return { message: 'the text is empty', fix: 'write something, or remove the option' };
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
      if (/[\x00-\x1f\x7f]/.test(kept)) return { message: 'the text holds control characters', fix: 'write one line' };
      if (kept.length > 1000) return { message: `the text has ${kept.length} characters`, fix: 'write at most 1000' };
      return kept;
    },
    { description, examples },
  );
}

/** Where lines go that are not the program's own: a word of `words`, or a file, told from a mistyped word by its slash. */
export function target(words: readonly string[], about: About) {
  return readBy((value) => {
    if (words.includes(value) || (value.includes('/') && !value.endsWith('/') && !value.includes('\0'))) return value;
    const fix = `write ${words.join(', ')}, or the path of a file with a slash in it, such as ./${value.replaceAll(/[^\w.-]/g, '') || 'hits.json'}`;
    return { message: `"${value}" is none of ${words.join(', ')}, and no path`, fix };
  }, about);
}

/** Octets of EXTRA-TEXT (RFC 8914) that never make a reply too large. */
export const EXTRA_TEXT_LENGTH = 96;

/** ASCII for a blocked answer, so that every stub shows it. */
export const extraText = readBy(
  (value) => {
    const strange = /[^\x20-\x7e]/u.exec(value);
    if (strange)
      return { message: `the text holds "${strange[0]}"`, fix: 'use printable ASCII: letters without accents' };
    if (value.length <= EXTRA_TEXT_LENGTH) return value;
    return { message: `the text has ${value.length} characters`, fix: `write at most ${EXTRA_TEXT_LENGTH}` };
  },
  { description: 'Short text that a blocked answer carries (EDE).', examples: ['be-716: ask netsec@example.be'] },
);

/**
 * A text, or the same text in several languages, in the order in which their author gives them: the first is the one
 * that counts where only one can be told. A plain text is kept under `und`, undetermined (RFC 5646).
 */
export function inLanguages(description: string, examples: [plain: string, ...others: Record<string, string>[]]) {
  const words = line(description, [examples[0]]);
  return z
    .union([words, z.partialRecord(z.enum(LANGUAGES), words)])
    .transform((value, context): Record<string, string> => {
      if (typeof value === 'string') return { und: value };
      // An unknown language has been told of: that none is left would say it twice.
      if (Object.keys(value).length > 0 || context.issues.length > 0) return value as Record<string, string>;
      return refuse(context, value, { message: 'no language is given', fix: `write one of ${LANGUAGES.join(', ')}` });
    })
    .meta({ description, examples });
}
