// Tells by its beginning what is no list in any format: web pages, what another program packed, what is no text.

import { ListError } from './list-error.ts';

/** Octets at the beginning of a list that are looked at. */
export const HEAD = 1 << 16;
/** Of these, what shows where a page or a packed file begins. */
const BEGINNING = 500;

/** What a file begins with that is packed in a way that is not unpacked here, an octet for each character. */
const PACKED: readonly [name: string, mark: string][] = [
  ['xz', '\xfd7zXZ\0'],
  ['zip', 'PK\x03\x04'],
  ['7z', '7z\xbc\xaf\x27\x1c'],
  ['lz4', '\x04"M\x18'],
  ...Array.from({ length: 9 }, (_, level): [string, string] => ['bzip2', `BZh${level + 1}1AY&SY`]),
];

const FETCH_FIX = 'look at the file: a server may have sent a page or a message in place of the list; fetch it anew';

/** Throws ListError where `head`, how a file begins, is that of no list in any format. */
export function refuseStrangers(head: Buffer): void {
  const start = head.toString('latin1', 0, BEGINNING);
  const packed = PACKED.find(([, mark]) => start.startsWith(mark));
  if (packed) throw new ListError(`it is packed by ${packed[0]}`, 'unpack it, or pack it with gzip or zstd');
  const isMarked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (isMarked || isSpacedByNul(head)) throw new ListError('it is UTF-16', 'save it as UTF-8');
  let control = 0;
  for (const octet of head) if (octet < 0x20 && (octet < 9 || octet > 13)) control++;
  if (control * 20 > head.length) throw new ListError('it is no text', FETCH_FIX);
  const text = start.replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  if (/^<(?:!|\?xml|html|head|body)/i.test(text)) throw new ListError('it is a web page (HTML or XML)', FETCH_FIX);
  if (/^(?:\{|\[)\s*(?:["{[\]}]|$)/.test(text)) throw new ListError('it is JSON', FETCH_FIX);
}

/** Text of ASCII letters in UTF-16 without its mark: every other octet is 0. */
function isSpacedByNul(head: Buffer): boolean {
  let even = 0;
  let odd = 0;
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at] === 0) even++;
    if (head[at + 1] === 0) odd++;
  }
  const pairs = head.length >> 1;
  return pairs > 1 && Math.max(even, odd) > pairs * 0.9 && Math.min(even, odd) < pairs * 0.1;
}
