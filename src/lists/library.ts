// An app of the catalogue from its file, and any list by its format: from a file to rules in a sink.

import { basename } from 'node:path';
import { MATCH, type RuleSink } from '../policy/rule.ts';
import { disk, type Files, reasonOf } from '../settings/files.ts';
import { DEFAULT_MATCH, type LineFormat, type ListFormat } from '../settings/list-formats.ts';
import { fileProblem, type Problem } from '../settings/problems.ts';
import type { ListSettings } from '../settings/settings.ts';
import { fileOf } from '../settings/shipped.ts';
import { feedBypass } from './bypass.ts';
import { type App, feedApp, readApp } from './catalogue.ts';
import { partsOf } from './folder.ts';
import { FORMATS } from './formats.ts';
import { NEWLINE } from './line-blocks.ts';
import { ListError } from './list-error.ts';
import { ListReader } from './list-reader.ts';
import { PackedFile } from './packed-file.ts';
import { HEAD, refuseStrangers } from './strangers.ts';

/** Reads one app of the catalogue, whose id must be that of its file. Never throws. */
export function loadApp(file: string, files: Files = disk): { app?: App; problems: Problem[] } {
  let text: string;
  try {
    text = files.read(file);
  } catch (error) {
    return { problems: [fileProblem(file, `the app file cannot be read: ${reasonOf(error)}`, 'restore the file')] };
  }
  const { app, problems } = readApp(file, text);
  if (app && fileOf('', app.id) !== basename(file)) {
    const message = `the file holds the app "${app.id}" under another name`;
    return { problems: [fileProblem(file, message, `call the file ${app.id}.yaml, or mend its id`)] };
  }
  return app ? { app, problems } : { problems };
}

const MATCH_OF = { suffix: MATCH.SUFFIX, exact: MATCH.EXACT } as const;

/** Octets of text from which is guessed how many rules there are in all; a list that is shorter needs no guess. */
const SAMPLE = 1 << 16;

/** What a list turned out to be. */
export interface FedList {
  /** Null where it could not be told, or there is nothing to tell it by. */
  format: ListFormat | 'bypass' | null;
  /** Those of the list as a whole; with one of them, what went to the sink is not the whole list. */
  problems: Problem[];
}

export interface FeedOptions {
  /** Where it is read from, in place of where it comes from, which is what problems name. */
  path?: string;
  /** Whether no more of a list of lines is needed; looked at between its pieces. */
  isEnough?: () => boolean;
  /** Of a list of lines its first ones alone: for where these may stand for the others. */
  isHeadAlone?: boolean;
}

/** Feeds a list to `sink`. Single bad lines, and lines that cannot be honoured, go there too. */
export async function feedList(list: ListSettings, sink: RuleSink, options: FeedOptions = {}): Promise<FedList> {
  const { path = list.file } = options;
  const fed: FedList = { format: list.format, problems: [] };
  let { file } = list;
  try {
    let most = list.maxSize;
    const parts = partsOf(list, path);
    for (const part of parts) {
      file = part.file;
      const packed = new PackedFile(part.path, most, part.from, part.size);
      const into = file === list.file ? sink : (sink.part?.(file) ?? sink);
      try {
        const { format, problems } = await feedFile({ ...list, file }, packed, into, options);
        fed.format ??= format;
        fed.problems.push(...problems);
      } finally {
        packed.close();
      }
      most -= packed.given;
    }
  } catch (error) {
    const refused = refusalOf(error);
    fed.problems.push(fileProblem(file, `list "${list.id}" cannot be read: ${refused.message}`, refused.fix));
  }
  return fed;
}

/** Why a list is not taken, where it is not our own mistake. */
function refusalOf(error: unknown): { message: string; fix: string } {
  if (error instanceof ListError) return error;
  if (!isSystemError(error)) throw error;
  return { message: reasonOf(error), fix: 'see that it is there, and that this user may read it' };
}

/** Feeds one file of a list, of a format of its own where the settings do not say; rejects with ListError. */
async function feedFile(list: ListSettings, file: PackedFile, sink: RuleSink, options: FeedOptions): Promise<FedList> {
  const { isEnough = () => false, isHeadAlone = false } = options;
  const head = await headOf(file);
  refuseStrangers(head);
  const format = list.format ?? (await recognise(head));
  if (format === null) return { format, problems: [] };
  if (format === 'sluis' || format === 'bypass') {
    return { format, problems: await feedDocument(list, format, file, sink) };
  }
  await feedLines(list, format, isHeadAlone ? wholeLines(head) : file, sink, isEnough);
  return { format, problems: [] };
}

/** Throws ListError where the file is that of no list in any format, or cannot be unpacked. */
export async function refuseStrangerAt(path: string, most: number): Promise<void> {
  const file = new PackedFile(path, most);
  try {
    refuseStrangers(await headOf(file));
  } finally {
    file.close();
  }
}

/** Few lists have to be recognised: what that takes is loaded for those. */
async function recognise(head: Buffer): Promise<ListFormat | null> {
  const { formatOf } = await import('./recognise.ts');
  return formatOf(head);
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | null)?.syscall === 'string';
}

/** The beginning of the text: as many octets however the pieces come. */
async function headOf(file: PackedFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of file.pieces()) {
    pieces.push(Buffer.from(piece));
    length += piece.length;
    if (length >= HEAD) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD);
}

/** The lines of a head of which the last may be cut off. */
function wholeLines(head: Buffer): Buffer {
  return head.length < HEAD ? head : head.subarray(0, head.lastIndexOf(NEWLINE) + 1);
}

async function feedLines(
  list: ListSettings,
  format: LineFormat,
  text: PackedFile | Buffer,
  sink: RuleSink,
  isEnough: () => boolean,
) {
  const usual = DEFAULT_MATCH[format];
  // A format whose lines say themselves which names they mean is taken at its word.
  const match = MATCH_OF[(usual && list.match) ?? usual ?? 'suffix'];
  const reader = new ListReader(await FORMATS[format](), match, sink);
  const pieces = () => (Buffer.isBuffer(text) ? [text] : text.pieces());
  if (reader.hasSurvey) for await (const piece of pieces()) reader.survey(piece);
  let length = 0;
  for await (const piece of pieces()) {
    if (isEnough()) return;
    reader.take(piece);
    const before = length;
    length += piece.length;
    if (Buffer.isBuffer(text) || before >= SAMPLE || length < SAMPLE) continue;
    sink.expect(Math.ceil((reader.rules / length) * text.expected));
  }
  reader.end();
}

/** Feeds a list that is one document. */
async function feedDocument(list: ListSettings, format: 'sluis' | 'bypass', file: PackedFile, sink: RuleSink) {
  const pieces: Buffer[] = [];
  for await (const piece of file.pieces()) pieces.push(Buffer.from(piece));
  const text = Buffer.concat(pieces).toString();
  if (format === 'bypass') return feedBypass(list.file, text, sink).problems;
  const { app, problems } = readApp(list.file, text);
  if (app) feedApp(app, sink);
  return problems;
}
