/** Writes DNS messages for the tests, well-formed by default and as crooked as a case asks for. */

export interface RrSpec {
  /** Text (labels by dots), or wire octets, crooked ones included. */
  name: string | Uint8Array;
  type: number;
  class?: number;
  ttl?: number;
  rdata: Uint8Array;
  /** What RDLENGTH claims, where it is not the rdata's length. */
  claimedLength?: number;
}

export interface MessageSpec {
  id: number;
  /** The whole second header word, rcode included. */
  flags: number;
  question?: { name: string | Uint8Array; type: number; class?: number };
  answers?: RrSpec[];
  authority?: RrSpec[];
  additional?: RrSpec[];
  /** What ANCOUNT claims, where it is not the number of answers. */
  claimedAnswers?: number;
}

/** The question's name is always at this offset: what a compression pointer to the owner points at. */
export const OWNER_POINTER = Uint8Array.of(0xc0, 0x0c);

export function u16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 255, value & 255);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 255);
}

/** The wire name of labels by dots; '' and '.' are the root. Lengths are taken as given: tests write overlong ones too. */
export function wireName(text: string): Uint8Array {
  const labels = text.split('.').filter((label) => label !== '');
  return concat(...labels.map((label) => concat(Uint8Array.of(label.length), ascii(label))), Uint8Array.of(0));
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function writeMessage(spec: MessageSpec): Uint8Array {
  const answers = spec.answers ?? [];
  const authority = spec.authority ?? [];
  const additional = spec.additional ?? [];
  return concat(
    u16(spec.id),
    u16(spec.flags),
    u16(spec.question === undefined ? 0 : 1),
    u16(spec.claimedAnswers ?? answers.length),
    u16(authority.length),
    u16(additional.length),
    spec.question === undefined ? new Uint8Array() : writeQuestion(spec.question),
    ...[...answers, ...authority, ...additional].map(writeRecord),
  );
}

export function option(code: number, data: Uint8Array): Uint8Array {
  return concat(u16(code), u16(data.length), data);
}

/** An OPT record: `options` are its rdata octets, made by option(). */
export function opt(options: Uint8Array = new Uint8Array(), size = 1232, flags = 0): RrSpec {
  return { name: '', type: 41, class: size, ttl: flags, rdata: options };
}

function writeQuestion(question: { name: string | Uint8Array; type: number; class?: number }): Uint8Array {
  return concat(asWire(question.name), u16(question.type), u16(question.class ?? 1));
}

function writeRecord(record: RrSpec): Uint8Array {
  const length = record.claimedLength ?? record.rdata.length;
  const head = concat(u16(record.type), u16(record.class ?? 1), u32(record.ttl ?? 60), u16(length));
  return concat(asWire(record.name), head, record.rdata);
}

function asWire(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? wireName(name) : name;
}
