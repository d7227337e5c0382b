// Finds what each source file imports, for the tests that hold the direction of imports.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  path: string;
  text: string;
  /** As written between the quotes: packages, `node:` modules and relative paths. */
  imports: string[];
  /** Files that are started in a thread of their own. */
  entries: string[];
}

const FORMS = [
  /^(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]/gm,
  /^import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
];
const ENTRY = /\bnew URL\(\s*['"](\.[^'"]+\.ts)['"],\s*import\.meta\.url/g;

/** Every module that the text of a file imports. */
export function importsOf(text: string): string[] {
  return FORMS.flatMap((form) => [...text.matchAll(form)].map((match) => match[1]));
}

/** Every file that the text of a file starts a thread with. */
export function entriesOf(text: string): string[] {
  return [...text.matchAll(ENTRY)].map((match) => match[1]);
}

/** All files below the folders, sorted by path; folders named in `skipped` are left out wherever they stand. */
export function filesBelow(folders: readonly string[], skipped: readonly string[] = []): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : walk(join(folder, entry.name));
      return [relative(ROOT, join(folder, entry.name)).replaceAll('\\', '/')];
    });
  return folders.flatMap((folder) => walk(join(ROOT, folder))).sort();
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, imports: importsOf(text), entries: entriesOf(text) };
}

/** The path that a relative import of `file` means, or undefined for a package or a `node:` module. */
export function resolveImport(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? join(dirname(file), specifier).replaceAll('\\', '/') : undefined;
}
