// Edits the file of exceptions as a whole or not at all: only what leaves the configuration sound is written.

import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { appendException, changedLines, endException, type WrittenException } from '../settings/exceptions-text.ts';
import { disk, type Files, isMissing, reasonOf } from '../settings/files.ts';
import { loadSettings } from '../settings/load.ts';
import type { Problem } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { momentText } from '../settings/values.ts';

export interface Written {
  file: string;
  /** What a diff of the file shows: lines gone with "-", then new ones with "+". */
  changes: string[];
  /** What the configuration as it is now gives reason to warn of in that file. */
  warnings: Problem[];
}

export interface Refusal {
  refused: string;
  /** Whether what was asked for is wrong; false where there is nothing to do. */
  isWrong: boolean;
  problems: Problem[];
}

export type FileEdit = Written | Refusal;

export function isRefusal(edit: FileEdit): edit is Refusal {
  return 'refused' in edit;
}

function refusal(refused: string, isWrong = true, problems: Problem[] = []): Refusal {
  return { refused, isWrong, problems };
}

type Env = Record<string, string | undefined>;

/** Appends an exception; nothing is written where the configuration would have an error with it. */
export function addException(settings: Settings, env: Env, exception: WrittenException): FileEdit {
  return edit(settings, env, (text) => appendException(text, exception));
}

/** Ends an exception of the file at `at`, in Unix seconds: earlier than it would, and after it began. */
export function endExceptionNow(settings: Settings, env: Env, id: string, at: number): FileEdit {
  const found = settings.exceptions.find((exception) => exception.id === id);
  if (!found) return refusal(`there is no exception "${id}"`);
  if (found.expires <= at) return refusal(`"${id}" ends ${momentText(found.expires)} already`, false);
  if (at <= found.starts) {
    const told = `"${id}" starts ${momentText(found.starts)}, which is not before ${momentText(at)}`;
    return refusal(`${told}: take it out of the file instead`);
  }
  return edit(settings, env, (text) => endException(text, id, momentText(at)) ?? refusal(elsewhere(settings, id)));
}

function elsewhere({ file }: Settings, id: string): string {
  return `"${id}" stands in ${file} itself: change its expires there`;
}

function edit(settings: Settings, env: Env, change: (text: string) => string | Refusal): FileEdit {
  const { exceptionsFile: file } = settings;
  if (file === null) {
    return refusal(`${settings.file} names no file of exceptions: add exceptions_file: exceptions.yaml`);
  }
  const before = read(file);
  if (typeof before !== 'string') return before;
  const after = change(before);
  if (typeof after !== 'string') return after;
  const files: Files = { ...disk, read: (path) => (path === file ? after : disk.read(path)) };
  const { problems, settings: sound } = loadSettings(settings.file, env, files);
  if (!sound) {
    return refusal(
      'the configuration would have errors',
      true,
      problems.filter(({ severity }) => severity === 'error'),
    );
  }
  const failed = replace(file, before, after);
  if (failed) return failed;
  return { file, changes: changedLines(before, after), warnings: problems.filter((problem) => problem.file === file) };
}

/** Its text; empty where it is not there yet. */
function read(file: string): string | Refusal {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return isMissing(error) ? '' : refusal(`${file} cannot be read: ${reasonOf(error)}`);
  }
}

/** Puts the new text in the place of the old at one stroke: a reader sees the one or the other, whole. */
function replace(file: string, before: string, after: string): Refusal | undefined {
  const exists = before !== '' || statSync(file, { throwIfNoEntry: false }) !== undefined;
  try {
    // A link stays one.
    const target = exists ? realpathSync(file) : file;
    const beside = join(dirname(target), `.${basename(target)}.${process.pid}`);
    try {
      write(beside, after, exists ? statSync(target).mode & 0o777 : 0o640);
      if (read(file) !== before) return refusal(`${file} was changed by somebody else just now: try again`);
      renameSync(beside, target);
      syncFolder(dirname(target));
    } finally {
      rmSync(beside, { force: true });
    }
  } catch (error) {
    return refusal(`${file} cannot be written: ${reasonOf(error)}`);
  }
  return undefined;
}

function write(path: string, text: string, mode: number): void {
  const descriptor = openSync(path, 'wx', mode);
  try {
    const octets = Buffer.from(text);
    for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A rename is on the disk once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
