// Reads the repository's documents for tests: fenced blocks, links, headings, and the words that name things.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow } from './imports.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Document {
  /** From the root of the repository. */
  path: string;
  text: string;
}

export interface Fence {
  language: string;
  text: string;
}

const AT_ROOT = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

export function readDocuments(): Document[] {
  const below = filesBelow(['docs', 'bench', 'deploy'], ['results', 'build']).filter((path) => path.endsWith('.md'));
  return [...AT_ROOT, ...below].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

export function fencesOf(text: string): Fence[] {
  const fences = text.matchAll(/^```([a-z]*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language, body]) => ({ language, text: body }));
}

/** What stands between backticks, and every line of a fence of shell or without a language. */
export function codeOf(text: string): string[] {
  const fenced = fencesOf(text).filter(({ language }) => language === '' || language === 'sh');
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map((found) => found[1]);
  return [...inline, ...fenced.flatMap((fence) => fence.text.split('\n'))];
}

/** As the platforms that show Markdown make anchors out of headings. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links of a document that lead to no file of the repository, or to no heading of one. */
export function brokenLinks({ path, text }: Document): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]+`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1]);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file, anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), 'utf8')).has(anchor);
  });
}
