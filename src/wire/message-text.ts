// Reads a whole message for people: every record as text that no octet of it can misuse. Off the hot path.

import { HEADER, OPTION, TYPE } from './codes.ts';
import { Name, readName } from './name.ts';
import { textFromWire } from './name-text.ts';
import { rdataText } from './rdata-text.ts';

export interface RecordText {
  name: string;
  type: number;
  class: number;
  /** Seconds; 0 where the top bit is set (RFC 2181 §8). */
  ttl: number;
  /** Presentation format, or the generic one of RFC 3597 §5. */
  data: string;
}

export interface OptionOctets {
  code: number;
  data: Uint8Array;
}

export interface MessageText {
  id: number;
  /** The header's second word. */
  flags: number;
  /** With its extended part (RFC 6891 §6.1.3). */
  rcode: number;
  questions: { name: string; type: number; class: number }[];
  answers: RecordText[];
  authority: RecordText[];
  /** Without the OPT. */
  additional: RecordText[];
  edns: { version: number; udpSize: number; dnssecOk: boolean; options: OptionOctets[] } | undefined;
}

/** Undefined when a count, a name or a length lies. Names keep their case. */
export function readMessage(message: Uint8Array): MessageText | undefined {
  if (message.length < HEADER) return undefined;
  const reader = new Reader(message);
  const text: MessageText = {
    id: reader.word(0),
    flags: reader.word(2),
    rcode: message[3] & 15,
    questions: [],
    answers: [],
    authority: [],
    additional: [],
    edns: undefined,
  };
  const whole =
    reader.readQuestions(reader.word(4), text) &&
    reader.readRecords(reader.word(6), text.answers, text) &&
    reader.readRecords(reader.word(8), text.authority, text) &&
    reader.readRecords(reader.word(10), text.additional, text);
  return whole ? text : undefined;
}

/** The extended DNS errors of a message (RFC 8914 §2): each code, and its text just as it was sent. */
export function extendedErrors({ edns }: MessageText): { code: number; text: string }[] {
  const options = edns?.options.filter(({ code, data }) => code === OPTION.EDE && data.length >= 2) ?? [];
  return options.map(({ data }) => {
    return { code: (data[0] << 8) | data[1], text: new TextDecoder().decode(data.subarray(2)) };
  });
}

/** The text of the name at `at`, its case kept, and where it ends; undefined when it cannot be read. */
function spelledName(message: Uint8Array, at: number, limit: number): { text: string; end: number } | undefined {
  const end = readName(message, at, limit, canonical);
  if (end < 0) return undefined;
  // The bounds of every label were proved just now.
  const wire: number[] = [];
  for (let from = at; message[from] !== 0; ) {
    if (message[from] >= 0xc0) from = ((message[from] & 0x3f) << 8) | message[from + 1];
    else {
      const next = from + message[from] + 1;
      wire.push(...message.subarray(from, next));
      from = next;
    }
  }
  return { text: textFromWire(Uint8Array.from([...wire, 0])), end };
}

const canonical = new Name(0);

class Reader {
  readonly #message: Uint8Array;
  #at: number = HEADER;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  word(at: number): number {
    return (this.#message[at] << 8) | this.#message[at + 1];
  }

  readQuestions(count: number, text: MessageText): boolean {
    for (let left = count; left > 0; left--) {
      const name = spelledName(this.#message, this.#at, this.#message.length);
      if (!name || name.end + 4 > this.#message.length) return false;
      text.questions.push({ name: name.text, type: this.word(name.end), class: this.word(name.end + 2) });
      this.#at = name.end + 4;
    }
    return true;
  }

  readRecords(count: number, into: RecordText[], text: MessageText): boolean {
    for (let left = count; left > 0; left--) {
      const name = spelledName(this.#message, this.#at, this.#message.length);
      if (!name || name.end + 10 > this.#message.length) return false;
      const at = name.end;
      const [type, from] = [this.word(at), at + 10];
      const end = from + this.word(at + 8);
      if (end > this.#message.length) return false;
      this.#at = end;
      if (type === TYPE.OPT && into === text.additional) {
        if (!this.#readOpt(at, end, text)) return false;
        continue;
      }
      const ttl = (this.word(at + 4) << 16) | this.word(at + 6);
      const data = rdataText(type, this.#message, from, end);
      into.push({ name: name.text, type, class: this.word(at + 2), ttl: Math.max(0, ttl), data });
    }
    return true;
  }

  /** The OPT whose type stands at `at`; a second one is a lie (RFC 6891 §6.1.1). */
  #readOpt(at: number, end: number, text: MessageText): boolean {
    if (text.edns) return false;
    const message = this.#message;
    text.rcode |= message[at + 4] << 4;
    const dnssecOk = (message[at + 6] & 0x80) !== 0;
    text.edns = { version: message[at + 5], udpSize: this.word(at + 2), dnssecOk, options: [] };
    for (let option = at + 10; option < end; ) {
      if (option + 4 > end) return false;
      const next = option + 4 + this.word(option + 2);
      if (next > end) return false;
      text.edns.options.push({ code: this.word(option), data: message.slice(option + 4, next) });
      option = next;
    }
    return true;
  }
}
