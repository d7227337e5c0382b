// Options from environment variables, for containers: SLUIS_ and the path of the option, in capitals.

import { suggest } from './nearest.ts';
import { type Leaf, leaves } from './option-walk.ts';
import { options } from './options.ts';
import type { Path, Place, Problem } from './problems.ts';

const PREFIX = 'SLUIS_';
/** Names the configuration's file to commands: of our own, and no option. */
const FILE_VARIABLE = 'SLUIS_CONFIG';

export interface Override {
  variable: string;
  path: string[];
  text: string;
  value: unknown;
}

function variableOf(leaf: Leaf): string {
  return `${PREFIX}${leaf.path.join('_').toUpperCase()}`;
}

/** Every variable there is, with the option that it sets. */
export function variables(): Map<string, Leaf> {
  return new Map(leaves(options).map((leaf) => [variableOf(leaf), leaf]));
}

function readValue(leaf: Leaf, text: string): unknown {
  if (leaf.words.includes(text)) return text;
  if (leaf.several) return text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
  return leaf.number && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** The variable as a line of its own, with the item at `index` of a list marked. */
export function overridePlace(override: Override, index?: number): Place {
  const { variable, text } = override;
  const start = variable.length + 1;
  const line = { file: 'environment', line: 1, text: `${variable}=${text}` };
  const parts = text.split(',');
  const part = index === undefined || index >= parts.length ? undefined : parts[index];
  if (part === undefined) return { ...line, column: start + 1, length: Math.max(1, text.length) };
  const before = parts.slice(0, index).join(',').length + (index === 0 ? 0 : 1);
  const indent = part.length - part.trimStart().length;
  return { ...line, column: start + before + indent + 1, length: Math.max(1, part.trim().length) };
}

/** What `env` sets, and a warning for each SLUIS_ variable that sets nothing. */
export function readEnvironment(env: Record<string, string | undefined>): {
  overrides: Override[];
  problems: Problem[];
} {
  const known = variables();
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || variable === FILE_VARIABLE || text === undefined) continue;
    const leaf = known.get(variable);
    if (leaf) {
      overrides.push({ variable, path: leaf.path, text, value: readValue(leaf, text) });
      continue;
    }
    const place = { file: 'environment', line: 1, column: 1, length: variable.length, text: `${variable}=${text}` };
    const message = `the variable ${variable} sets no option`;
    problems.push({
      ...place,
      severity: 'warning',
      path: '',
      message,
      fix: suggest(variable, known.keys(), 'variable'),
    });
  }
  return { overrides, problems };
}

/** The override that says what stands at `path`, if one does. */
export function overrideAt(overrides: Override[], path: Path): Override | undefined {
  return overrides.find((override) => override.path.every((part, at) => path[at] === part));
}
