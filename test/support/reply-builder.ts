// Builds upstream replies octet by octet, honest ones and lying ones, with names compressed or not.

/** Part of RDATA: octets, or a name. */
export type Part = number[] | Uint8Array | { name: string };

export interface RecordSpec {
  owner: string;
  type: number;
  ttl?: number;
  class?: number;
  rdata: Part[];
  /** RDLENGTH as written, where it shall lie. */
  rdlength?: number;
}

export interface ReplySpec {
  name: string;
  type: number;
  id?: number;
  flags?: number;
  answer?: RecordSpec[];
  authority?: RecordSpec[];
  additional?: RecordSpec[];
  /** The counts as written, where they shall lie: answer, authority, additional. */
  counts?: [number, number, number];
}

/** Labels by dots; each character one octet. */
export function wireName(text: string): number[] {
  if (text === '.' || text === '') return [0];
  return [...text.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0];
}

export function text(...strings: string[]): number[] {
  return strings.flatMap((part) => [part.length, ...Buffer.from(part, 'latin1')]);
}

export function word(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

export function long(value: number): number[] {
  return [...word(value >>> 16), ...word(value & 0xffff)];
}

/** An OPT as it stands in additional. */
export function opt(options: number[] = [], extendedRcode = 0): RecordSpec {
  return { owner: '.', type: 41, class: 1232, ttl: extendedRcode * 0x1000000, rdata: [options] };
}

/** The octets of a reply; with `compress` every name that stood before becomes a pointer, in RDATA too. */
export function buildReply(spec: ReplySpec, compress = true): Uint8Array {
  const octets: number[] = [];
  const known = new Map<string, number>();
  const putName = (name: string) => {
    let rest = name === '.' ? '' : name;
    while (rest !== '') {
      const at = known.get(rest);
      if (compress && at !== undefined) return octets.push(0xc0 | (at >>> 8), at & 255);
      if (octets.length < 0x4000) known.set(rest, octets.length);
      const [label] = rest.split('.');
      octets.push(label.length, ...Buffer.from(label, 'latin1'));
      rest = rest.slice(label.length + 1);
    }
    return octets.push(0);
  };
  const sections = [spec.answer ?? [], spec.authority ?? [], spec.additional ?? []];
  const counts = spec.counts ?? sections.map((records) => records.length);
  octets.push(...word(spec.id ?? 0x1234), ...word(spec.flags ?? 0x8180), ...word(1), ...counts.flatMap(word));
  putName(spec.name);
  octets.push(...word(spec.type), ...word(1));
  for (const record of sections.flat()) {
    putName(record.owner);
    octets.push(...word(record.type), ...word(record.class ?? 1), ...long(record.ttl ?? 300), 0, 0);
    const start = octets.length;
    for (const part of record.rdata) {
      if ('name' in part) putName(part.name);
      else for (const octet of part) octets.push(octet);
    }
    const size = word(record.rdlength ?? octets.length - start);
    octets[start - 2] = size[0];
    octets[start - 1] = size[1];
  }
  return Uint8Array.from(octets);
}

/** Where the question of a built reply ends. */
export function questionEnd(spec: ReplySpec): number {
  return 12 + wireName(spec.name).length + 4;
}
