// Writes policy hits as JSON lines of the Elastic Common Schema, as octets straight into a buffer.
// Lines are kept short: handing an octet to the kernel costs as much as encoding it.

import { TRANSPORT } from '../engine/client.ts';
import type { EventReader } from '../engine/event-reader.ts';
import { NO_RCODE } from '../engine/event-ring.ts';
import { DECISION } from '../policy/rule.ts';
import { addressText, prefixText } from '../wire/address-text.ts';
import { rcodeName, typeName } from '../wire/codes.ts';
import type { ClientNames } from './client-names.ts';
import type { HitLabels } from './hit-labels.ts';

/** Octets that any line has room in: three names of at most 1,275 each, and texts that the configuration bounds. */
export const MAX_LINE = 16384;

/** Writes the line of one event. */
export interface HitEncoder {
  /** Writes the line, its newline included, to `into` from `at` on, where MAX_LINE octets are free. Returns its end. */
  encode(event: EventReader, labels: HitLabels, into: Uint8Array, at: number): number;
  /** Likewise, a line that says how many events of one second are not written, and in `remedy` how they would be. */
  encodeMore(more: number, remedy: string, ms: number, into: Uint8Array, at: number): number;
}

const ECS_VERSION = '8.17.0';
/** Combinations of type, transport, rcode and decision that are kept written out: a bound against whoever asks all types. */
const MOST_HEADS = 1024;

const encoder = new TextEncoder();
const AFTER_NAME = encoder.encode('"}');
const BEFORE_LEAD = encoder.encode(',"answers":[{"data":"');
const AFTER_LEAD = encoder.encode('"}]');
const BEFORE_ADDRESS = encoder.encode(',"resolved_ip":["');
const AFTER_ADDRESS = encoder.encode('"]');
const AFTER_DNS = encoder.encode('},');
const BEFORE_RULE = encoder.encode('","name":"');
const END = encoder.encode('"}}\n');
const END_WITHOUT_RULE = encoder.encode('}\n');
/** What became of the name, by DECISION: what is allowed and in the log at all, an exception let through. */
export const ACTIONS = ['', 'excepted', 'observed', 'blocked'];

const DOT = 0x2e;
const DIGIT_0 = 0x30;

/**
 * Each octet of a label as it stands in JSON: escaped for presentation (RFC 1035 §5.1) as `textFromWire` does, and that
 * once more for JSON. Those that stand for themselves have no entry.
 */
const ESCAPED: (Uint8Array | undefined)[] = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet);
  let text = char;
  if (octet <= 0x20 || octet >= 0x7f) text = `\\${String(octet).padStart(3, '0')}`;
  else if ('"$();@\\.'.includes(char)) text = `\\${char}`;
  return text === char ? undefined : encoder.encode(JSON.stringify(text).slice(1, -1));
});
/** 1 for octets that have an entry. */
const SPECIAL = Uint8Array.from(ESCAPED, (escaped) => (escaped ? 1 : 0));

/** Writes the wire name at `bytes[from, end)`, without its last dot, as JSON text without quotes. Returns its end. */
function writeName(bytes: Uint8Array, from: number, end: number, into: Uint8Array, at: number): number {
  let to = at;
  let octet = from;
  // The root's octet ends every name.
  for (const last = end - 1; octet < last; ) {
    if (to > at) into[to++] = DOT;
    const next = octet + 1 + bytes[octet];
    for (octet++; octet < next; octet++) {
      const value = bytes[octet];
      if (SPECIAL[value] === 0) into[to++] = value;
      else to = put(into, to, ESCAPED[value]!);
    }
  }
  if (to === at) into[to++] = DOT;
  return to;
}

function put(into: Uint8Array, at: number, octets: Uint8Array): number {
  into.set(octets, at);
  return at + octets.length;
}

function writeNumber(value: number, into: Uint8Array, at: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  let rest = value;
  for (let to = at + digits - 1; to >= at; to--) {
    into[to] = DIGIT_0 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
}

/** Where the last `depth` labels of the wire name at `bytes[from, end)` begin. */
function ruleStart(bytes: Uint8Array, from: number, end: number, depth: number): number {
  let labels = 0;
  for (let at = from; at < end - 1; at += bytes[at] + 1) labels++;
  let at = from;
  for (let left = labels - depth; left > 0; left--) at += bytes[at] + 1;
  return at;
}

/** What the verdict is on, which is not the name asked: another name, or an address, for which ECS has a field more. */
function writeLead({ bytes, leadAt, leadLength, isOnAddress }: EventReader, into: Uint8Array, at: number): number {
  const end = leadAt + leadLength;
  let to = put(into, at, BEFORE_LEAD);
  if (!isOnAddress) return put(into, writeName(bytes, leadAt, end, into, to), AFTER_LEAD);
  const address = encoder.encode(addressText(leadLength === 4 ? 4 : 6, bytes.slice(leadAt, end)));
  to = put(into, put(into, to, address), AFTER_LEAD);
  return put(into, put(into, put(into, to, BEFORE_ADDRESS), address), AFTER_ADDRESS);
}

/** What the rule stands on: a prefix of the address, or a name that the name decided on ends in. */
function writeRule(event: EventReader, into: Uint8Array, at: number): number {
  const { bytes, nameAt, leadAt, leadLength, isOnAddress, depth } = event;
  const [from, end] = leadLength > 0 ? [leadAt, leadAt + leadLength] : [nameAt, leadAt];
  if (isOnAddress) return put(into, at, encoder.encode(prefixText(bytes.slice(from, end), depth)));
  return writeName(bytes, ruleStart(bytes, from, end, depth), end, into, at);
}

export class EcsEncoder implements HitEncoder {
  readonly #clients: ClientNames;
  readonly #heads = new Map<number, Uint8Array>();
  /** `{"@timestamp":"…` up to the point before the milliseconds, and the second that it is of. */
  #start = new Uint8Array(0);
  #second = Number.NaN;

  constructor(clients: ClientNames) {
    this.#clients = clients;
  }

  encode(event: EventReader, labels: HitLabels, into: Uint8Array, at: number): number {
    const { bytes, nameAt, leadAt, leadLength } = event;
    let to = this.#writeTime(event.ms, into, at);
    to = put(into, to, this.#head(event));
    to = writeName(bytes, nameAt, leadAt, into, to);
    to = put(into, to, AFTER_NAME);
    if (leadLength > 0) to = writeLead(event, into, to);
    to = put(into, to, AFTER_DNS);
    to = put(into, to, this.#clients.of(event, labels).ecs);
    to = put(into, to, labels.policyPart(event));
    if (labels.isFallback(event)) return put(into, to, END_WITHOUT_RULE);
    to = writeNumber(event.line, into, to);
    to = put(into, to, BEFORE_RULE);
    return put(into, writeRule(event, into, to), END);
  }

  encodeMore(more: number, remedy: string, ms: number, into: Uint8Array, at: number): number {
    const line = {
      '@timestamp': new Date(ms).toISOString(),
      ecs: { version: ECS_VERSION },
      event: { category: ['network'], type: ['info'], action: 'rate-limited' },
      message: `${more} more policy hits within a second; ${remedy}`,
    };
    return put(into, at, encoder.encode(`${JSON.stringify(line)}\n`));
  }

  #writeTime(ms: number, into: Uint8Array, at: number): number {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#start = encoder.encode(`{"@timestamp":"${new Date(second * 1000).toISOString().slice(0, 20)}`);
    }
    const rest = Math.floor(ms - second * 1000);
    const to = put(into, at, this.#start);
    into[to] = DIGIT_0 + Math.floor(rest / 100);
    into[to + 1] = DIGIT_0 + (Math.floor(rest / 10) % 10);
    into[to + 2] = DIGIT_0 + (rest % 10);
    return to + 3;
  }

  /** From the milliseconds to where the question's name begins. */
  #head(event: EventReader): Uint8Array {
    const { type, transport, decision, rcode } = event;
    const key = type | (transport << 16) | (decision << 17) | (rcode << 19);
    const known = this.#heads.get(key);
    if (known) return known;
    if (this.#heads.size === MOST_HEADS) this.#heads.clear();
    const name = {
      ecs: { version: ECS_VERSION },
      event: {
        category: ['network'],
        type: [decision === DECISION.BLOCK ? 'denied' : 'allowed'],
        action: ACTIONS[decision],
        outcome: 'success',
      },
      network: { transport: transport === TRANSPORT.TCP ? 'tcp' : 'udp' },
      dns: {
        ...(rcode !== NO_RCODE && { response_code: rcodeName(rcode) }),
        question: { type: typeName(type), name: '' },
      },
    };
    // Cut off before the name's last quote and the three braces that follow it.
    const head = encoder.encode(`Z",${JSON.stringify(name).slice(1, -4)}`);
    this.#heads.set(key, head);
    return head;
  }
}
