// Edits a YAML file of exceptions so that a diff shows what changed and nothing else: one object more, one value other.

import { Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLSeq } from 'yaml';

/** An exception as its author writes it. */
export interface WrittenException {
  id: string;
  ground: string;
  policy: string;
  clients?: string[];
  devices?: string[];
  owner: string;
  approver: string;
  reason: string;
  ticket: string;
  starts: string;
  expires: string;
  sealed?: boolean;
}

const KEY = 'exceptions';
const ON_ONE_LINE = { lineWidth: 0 } as const;

function listOf(document: Document): YAMLSeq | undefined {
  const list = document.get(KEY);
  return isSeq(list) ? list : undefined;
}

/** The object as an item of a list, a field a line, with its short lists on one line each. */
function itemText(exception: WrittenException, indent: string, text: string): string {
  const endOfLine = text.includes('\r\n') ? '\r\n' : '\n';
  const document = new Document([exception]);
  const [item] = (document.contents as YAMLSeq).items;
  if (isMap(item)) for (const pair of item.items) if (isSeq(pair.value)) pair.value.flow = true;
  const lines = document
    .toString({ ...ON_ONE_LINE, flowCollectionPadding: false })
    .trimEnd()
    .split('\n');
  return lines.map((line) => `${indent}${line}${endOfLine}`).join('');
}

/** The column of the dash before an item of a block list, from 0; undefined where it has none on its line. */
function dashColumn(text: string, item: Node): number | undefined {
  const start = item.range![0];
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const found = /^( *)- +$/.exec(text.slice(lineStart, start));
  return found?.[1].length;
}

/** The first offset behind the line on which the item ends, comment included. */
function endOf(text: string, item: Node): number {
  const end = item.range![1];
  if (text[end - 1] === '\n') return end;
  const stop = text.indexOf('\n', end);
  return stop < 0 ? text.length : stop + 1;
}

/** Behind the last item of a block list; undefined for a list of another form. */
function withItem(text: string, list: YAMLSeq, exception: WrittenException): string | undefined {
  const last = list.items.at(-1) as Node | undefined;
  if (list.flow || !last) return undefined;
  const column = dashColumn(text, last);
  if (column === undefined) return undefined;
  const end = endOf(text, last);
  const before = text.slice(0, end);
  const item = itemText(exception, ' '.repeat(column), text);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${item}${text.slice(end)}`;
}

function sameValues(text: string, expected: unknown): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(expected);
}

/**
 * `text` with one exception more, comments and order as they were. Where its list is not written with a dash a line, the
 * file is written anew from its own tree. `text` must be a file of exceptions without an error, or empty.
 */
export function appendException(text: string, exception: WrittenException): string {
  const document = parseDocument(text) as Document;
  const list = listOf(document);
  const plain = (document.toJS() ?? {}) as Record<string, unknown[] | null>;
  const expected = { ...plain, [KEY]: [...(plain[KEY] ?? []), exception] };
  const spliced = list && withItem(text, list, exception);
  if (spliced !== undefined && sameValues(spliced, expected)) return spliced;
  const begun = list && list.items.length > 0 ? undefined : withFirst(text, document, exception);
  if (begun !== undefined && sameValues(begun, expected)) return begun;
  if (list) list.add(document.createNode(exception));
  else document.set(KEY, document.createNode([exception]));
  return document.toString(ON_ONE_LINE);
}

/** The first item at the end of a file that holds nothing else but comments; undefined where it does. */
function withFirst(text: string, { contents }: Document, exception: WrittenException): string | undefined {
  const isNothing = contents === null || (isScalar(contents) && contents.value === null);
  const isKeyAlone = isMap(contents) && contents.items.length === 1;
  const empty = /^exceptions:[ \t]*(\[[ \t]*\])?[ \t]*$/m;
  if (!isNothing && !(isKeyAlone && empty.test(text))) return undefined;
  const lines = isNothing ? text : text.replace(empty, `${KEY}:`);
  const begun = lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`;
  return `${begun}${isNothing ? `${KEY}:\n` : ''}${itemText(exception, '  ', text)}`;
}

/** `text` with another end for the exception `id`; undefined where it holds none of that id, or none with an end. */
export function endException(text: string, id: string, expires: string): string | undefined {
  const items = listOf(parseDocument(text) as Document)?.items ?? [];
  const item = items.find((one) => isMap(one) && one.get('id') === id);
  const value = isMap(item) ? item.get('expires', true) : undefined;
  if (!isScalar(value) || !value.range) return undefined;
  const [start, end] = value.range;
  // A block scalar takes whole lines, and its end would take the line break along.
  const isInline = !text.slice(start, end).includes('\n');
  return isInline ? `${text.slice(0, start)}${quotedAs(text[start], expires)}${text.slice(end)}` : undefined;
}

function quotedAs(mark: string, text: string): string {
  return mark === '"' || mark === "'" ? `${mark}${text}${mark}` : text;
}

/** What a diff of the two shows: lines that went, with "-", then those that came, with "+". */
export function changedLines(before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) => (text === '' ? [] : text.replace(/\n$/, '').split('\n')));
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const gone = old.slice(head, old.length - tail).map((line) => `-${line}`);
  const come = now.slice(head, now.length - tail).map((line) => `+${line}`);
  return [...gone, ...come];
}
