// The device registry: which device has which addresses and which MAC, who pays for it, and which of them a group means.

import { type Prefix, readAddress, readPrefix } from './address.ts';
import { type Field, readCsv } from './csv.ts';
import { suggest } from './nearest.ts';
import { isTrouble, type Problem, type Trouble } from './problems.ts';
import { isHost, isWithin } from './ranges.ts';

/** Who pays: the state, the state in part, or not the state. */
export const FUNDINGS = ['state', 'partly', 'none'] as const;
export type Funding = (typeof FUNDINGS)[number];

export interface Device {
  id: string;
  /** Single addresses, each as a prefix of full length. */
  addresses: Prefix[];
  /** Lower case, `00:00:5e:00:53:01`; empty where it is not known. */
  mac: string;
  purchase: Funding;
  subscription: Funding;
  use: Funding;
  /** Whether apps for work are on it. */
  workApps: boolean;
  owner: string;
  note: string;
  /** Its line in the registry. */
  line: number;
}

/** Circular 716: one whose purchase, subscription or use is paid wholly or partly by the state; all others are personal. */
export function isServiceDevice({ purchase, subscription, use }: Pick<Device, 'purchase' | 'subscription' | 'use'>) {
  return purchase !== 'none' || subscription !== 'none' || use !== 'none';
}

/** Which devices a group means; all that is given must hold. */
export interface DeviceMatch {
  kind?: 'service' | 'personal' | undefined;
  workApps?: boolean | undefined;
  ids?: ReadonlySet<string> | undefined;
}

export function meansDevice({ kind, workApps, ids }: DeviceMatch, device: Device): boolean {
  if (kind !== undefined && (kind === 'service') !== isServiceDevice(device)) return false;
  if (workApps !== undefined && workApps !== device.workApps) return false;
  return ids?.has(device.id) ?? true;
}

export const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$/;

/** The six octets of a MAC as people write it; undefined where it is none. */
export function readMacText(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (octet) => Number.parseInt(octet, 16));
}

const COLUMNS = ['id', 'address', 'mac', 'purchase', 'subscription', 'use', 'work_apps', 'owner', 'note'] as const;
type Column = (typeof COLUMNS)[number];
const NEEDED: readonly Column[] = ['id', 'address', 'purchase', 'subscription', 'use', 'work_apps'];

/** What programs write that found none. */
const NO_MAC = '00:00:00:00:00:00';

const MAX_LENGTH = 16 * 1024 * 1024;
/** One slip of a program that writes the file is on every line; the first few are the ones to mend. */
const MAX_PROBLEMS = 20;

/** Reads the registry whose file holds `text`. Never throws; a row with a fault is told of and left out. */
export function readDevices(file: string, text: string): { devices: Device[]; problems: Problem[] } {
  const reading = new Reading(file, text.startsWith('\uFEFF') ? text.slice(1) : text);
  const devices = reading.read();
  const { problems } = reading;
  if (problems.length <= MAX_PROBLEMS) return { devices, problems };
  const more = problems.length - MAX_PROBLEMS;
  const last = { ...problems[MAX_PROBLEMS], message: `${more} more problems from here on`, fix: 'mend the first ones' };
  return { devices, problems: [...problems.slice(0, MAX_PROBLEMS), last] };
}

class Reading {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #lines: string[];
  readonly #ids = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  readonly #macs = new Map<string, number>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lines = text.split('\n');
  }

  read(): Device[] {
    if (this.#text.length > MAX_LENGTH) {
      this.#at({ line: 1, column: 1 }, 'the registry is over 16 MiB', 'keep only devices that ask this resolver');
      return [];
    }
    const { records, troubles } = readCsv(this.#text);
    for (const trouble of troubles) this.#at(trouble, trouble.message, trouble.fix);
    const [header, ...rows] = records;
    const columns = header && this.#header(header);
    if (!header)
      this.#at({ line: 1, column: 1 }, 'the registry is empty', `begin it with the line ${COLUMNS.join(',')}`);
    if (!columns) return [];
    return rows.flatMap((row) => this.#row(row, columns) ?? []);
  }

  #at(place: { line: number; column: number; length?: number }, message: string, fix: string): void {
    const { line, column, length = 1 } = place;
    const text = (this.#lines[line - 1] ?? '').replace(/\r$/, '');
    this.problems.push({ file: this.#file, line, column, length, text, severity: 'error', path: '', message, fix });
  }

  /** The column of each field, or undefined where rows cannot be read by this header. */
  #header(header: Field[]): Column[] | undefined {
    const before = this.problems.length;
    const told = `write the header ${COLUMNS.join(',')}`;
    const words = header.map(({ text }) => text.trim());
    if (words.length === 1 && /[;\t]/.test(words[0])) {
      this.#at(header[0], 'the columns are not separated by commas', `${told}, with commas`);
      return undefined;
    }
    for (const [at, word] of words.entries()) {
      if (!COLUMNS.includes(word as Column)) {
        this.#at(header[at], `unknown column "${word}"`, suggest(word, COLUMNS, 'column'));
      } else if (words.indexOf(word) < at)
        this.#at(header[at], `column "${word}" is there twice`, 'remove one of the two');
    }
    const missing = NEEDED.filter((column) => !words.includes(column));
    if (missing.length > 0) this.#at(header[0], `the header lacks ${missing.join(', ')}`, told);
    return this.problems.length > before ? undefined : (words as Column[]);
  }

  #row(row: Field[], columns: Column[]): Device | undefined {
    const before = this.problems.length;
    if (row.length !== columns.length) {
      const fix = 'give each column a field, empty or not; put fields with commas in quotes';
      this.#at(row[0], `the row has ${row.length} fields, the header ${columns.length}`, fix);
      return undefined;
    }
    const field = (column: Column): Field => row[columns.indexOf(column)] ?? { ...row[0], text: '' };
    const word = <T extends string>(column: Column, words: readonly T[]): T => this.#word(field(column), column, words);
    const device = {
      id: this.#id(field('id')),
      addresses: this.#addressesOf(field('address')),
      mac: this.#mac(field('mac')),
      purchase: word('purchase', FUNDINGS),
      subscription: word('subscription', FUNDINGS),
      use: word('use', FUNDINGS),
      workApps: word('work_apps', ['yes', 'no']) === 'yes',
      owner: field('owner').text.trim(),
      note: field('note').text.trim(),
      line: row[0].line,
    };
    return this.problems.length > before ? undefined : device;
  }

  #word<T extends string>(field: Field, column: Column, words: readonly T[]): T {
    const text = field.text.trim() as T;
    if (!words.includes(text)) {
      const all = words.join(', ');
      const message = text === '' ? `${column} is empty` : `${column} is "${text}", which is none of ${all}`;
      this.#at(field, message, text === '' ? `write one of ${all}` : suggest(text, words, 'word'));
    }
    return text;
  }

  #id(field: Field): string {
    const id = field.text.trim();
    const other = this.#ids.get(id);
    if (!DEVICE_ID.test(id)) {
      const message = id === '' ? 'the device has no id' : `"${id}" cannot be the id of a device`;
      this.#at(field, message, 'use letters, digits, "-", ".", "_", ":" and "/", at most 63');
    } else if (other !== undefined) {
      this.#at(field, `device "${id}" is there already, at line ${other}`, 'remove one of the two');
    } else this.#ids.set(id, field.line);
    return id;
  }

  #addressesOf(field: Field): Prefix[] {
    const words = field.text.split(/\s+/).filter((word) => word !== '');
    return words.flatMap((word) => {
      const address = hostOf(word);
      if (isTrouble(address)) {
        this.#at(field, address.message, address.fix);
        return [];
      }
      const other = this.#addresses.get(address.text);
      if (other !== undefined) {
        const message = `address ${word} is there already, at line ${other}`;
        this.#at(field, message, 'an address belongs to one device: take it from the other');
        return [];
      }
      this.#addresses.set(address.text, field.line);
      return [address];
    });
  }

  #mac(field: Field): string {
    const mac = field.text.trim().toLowerCase().replaceAll('-', ':');
    if (mac === '') return mac;
    if (mac === NO_MAC || !readMacText(mac)) {
      this.#at(field, `"${field.text.trim()}" is no MAC address`, 'write it as 00:00:5e:00:53:01, or leave it empty');
      return '';
    }
    const other = this.#macs.get(mac);
    if (other !== undefined) {
      this.#at(
        field,
        `MAC ${mac} is there already, at line ${other}`,
        'a MAC belongs to one device: take it from the other',
      );
    } else this.#macs.set(mac, field.line);
    return mac;
  }
}

/** One address as a prefix of full length. */
function hostOf(text: string): Prefix | Trouble {
  const prefix = readPrefix(text);
  if (isTrouble(prefix) ? readAddress(text) : isHost(prefix)) return prefix;
  const fix = text.includes('/')
    ? 'write single addresses; prefixes belong in "subnets" of a group'
    : 'write addresses with spaces between them, such as 10.10.4.17 2001:db8:10::17';
  return { message: `"${text}" is no address`, fix };
}

/** The clients of a group: its subnets, or the addresses, within them where given, of the devices that it means. */
export function clientsOf(
  subnets: Prefix[] | undefined,
  match: DeviceMatch | undefined,
  devices: readonly Device[],
): { prefix: Prefix; device: Device | undefined }[] {
  if (!match) return (subnets ?? []).map((prefix) => ({ prefix, device: undefined }));
  const isHere = (address: Prefix) => subnets === undefined || subnets.some((subnet) => isWithin(address, subnet));
  return devices
    .filter((device) => meansDevice(match, device))
    .flatMap((device) => device.addresses.filter(isHere).map((prefix) => ({ prefix, device })));
}
