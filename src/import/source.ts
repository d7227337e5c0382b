// Recognises what an import is given, by its content, and has it read.

import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ListError } from '../lists/list-error.ts';
import { formatOf } from '../lists/recognise.ts';
import { HEAD } from '../lists/strangers.ts';
import { reasonOf } from '../settings/files.ts';
import { looksAdguard, readAdguard } from './adguard-home.ts';
import { MOST_PACKED } from './archive.ts';
import { looksBlocky, readBlocky } from './blocky.ts';
import { ImportError } from './import-error.ts';
import { readDatabase, readSettings, readTeleporter } from './pi-hole.ts';
import { HEADER, isSqlite } from './pi-hole-tables.ts';
import { looksPiHole } from './pi-hole-toml.ts';
import type { Plan } from './plan.ts';
import { readRpz } from './rpz.ts';
import { gunzipped, isGzip, isTar, readTar } from './tar.ts';
import { readToml } from './toml.ts';
import { YamlSource } from './yaml-source.ts';
import { isZip, readZip } from './zip.ts';

export const TOOLS = ['adguard-home', 'pi-hole', 'blocky', 'rpz'] as const;
export type Tool = (typeof TOOLS)[number];

const KNOWN = `say what it is with --as: ${TOOLS.join(', ')}`;

/** Reads the file `name`; throws ImportError where it cannot be read as a whole. */
export async function readSource(name: string, as: Tool | undefined): Promise<Plan> {
  const { head, size } = look(name);
  if (isSqlite(head)) {
    expect(name, as, 'pi-hole', 'a database');
    return readDatabase(name, resolve(name), head);
  }
  if (size > MOST_PACKED) {
    throw new ImportError(
      name,
      `it is larger than ${MOST_PACKED / 2 ** 20} MiB`,
      'name the file that the tool keeps its configuration in; so large a zone is a list by itself, of format rpz',
    );
  }
  const packed = readFileSync(name);
  const bytes = isGzip(packed) ? gunzipped(name, packed) : packed;
  if (isZip(bytes) || isTar(bytes)) {
    expect(name, as, 'pi-hole', 'an archive');
    return readTeleporter(name, isZip(bytes) ? readZip(name, bytes) : readTar(name, bytes));
  }
  if (bytes.includes(0)) {
    const fix = as === 'rpz' ? 'have the name server write the zone out as text' : KNOWN;
    throw new ImportError(name, 'it is no text, and no archive or database that is read', fix);
  }
  return readText(name, bytes, as);
}

function look(name: string): { head: Uint8Array; size: number } {
  let fd: number | undefined;
  try {
    const stat = statSync(name);
    if (!stat.isFile())
      throw new ImportError(name, 'it is no file', 'name the file that the tool keeps its configuration in');
    fd = openSync(name, 'r');
    const head = Buffer.alloc(HEADER);
    return { head: head.subarray(0, readSync(fd, head)), size: stat.size };
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError(name, `it cannot be read: ${reasonOf(error)}`, 'mend the path');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function expect(name: string, as: Tool | undefined, found: Tool, what: string): void {
  if (as === undefined || as === found) return;
  throw new ImportError(name, `it is ${what}, which ${as} has none of`, `leave --as out, or write --as ${found}`);
}

async function readText(name: string, bytes: Buffer, as: Tool | undefined): Promise<Plan> {
  const text = bytes.toString('utf8');
  const yaml = () => new YamlSource(name, dirname(resolve(name)), text);
  if (as === 'rpz' || (as === undefined && (await isRpz(bytes)))) return readRpz(name, bytes);
  if (as === 'pi-hole' || (as === undefined && isPiHole(name, text))) return readSettings(name, text);
  if (as === 'adguard-home') return readAdguard(yaml());
  if (as === 'blocky') return readBlocky(yaml());
  const source = readYaml(yaml, name, text);
  if (looksAdguard(source.root)) return readAdguard(source);
  if (looksBlocky(source.root)) return readBlocky(source);
  throw new ImportError(name, 'it is not known which tool this is of', KNOWN);
}

/** A file that nobody would take for YAML is told as unknown, and not as bad YAML. */
function readYaml(yaml: () => YamlSource, name: string, text: string): YamlSource {
  try {
    return yaml();
  } catch (error) {
    if (/\.ya?ml$/i.test(name) || /^[\w-]+:(?:\s|$)/m.test(text)) throw error;
    throw new ImportError(name, 'it is not known which tool this is of', KNOWN);
  }
}

async function isRpz(bytes: Buffer): Promise<boolean> {
  try {
    return (await formatOf(bytes.subarray(0, HEAD))) === 'rpz';
  } catch (error) {
    if (error instanceof ListError) return false;
    throw error;
  }
}

function isPiHole(name: string, text: string): boolean {
  if (!/^\s*\[dns\b/m.test(text)) return false;
  if (/\.toml$/i.test(name)) return true;
  try {
    return looksPiHole(readToml(name, text));
  } catch (error) {
    if (error instanceof ImportError) return false;
    throw error;
  }
}
