// Reading the configuration: file, environment and presets to one tree, every problem in it at once, and what the program uses.

import { join } from 'node:path';
import type { Endpoint } from './address.ts';
import { Catalogue } from './app-selection.ts';
import { Checks, each, texts } from './checks.ts';
import { readDevices } from './devices.ts';
import { type Document, problemAt, readDocument } from './document.ts';
import { readEnvironment } from './environment.ts';
import { disk, type Files, namesIn, reasonOf, resolveFrom } from './files.ts';
import { ourSockets, type Registry, readGroups } from './membership.ts';
import { isPlain, type Merged, merge } from './merge.ts';
import { readNaming } from './naming.ts';
import { options } from './options.ts';
import { fileProblem, type Problem, pathText, sortProblems } from './problems.ts';
import { RESOLV_CONF, readResolv } from './resolv.ts';
import { resolve } from './resolve.ts';
import type { Settings } from './settings.ts';
import { shapeProblems, valueAt } from './shape.ts';
import { shippedBlocklists } from './shipped.ts';

import { validateExceptions } from './validate-exceptions.ts';
import { validateFolders } from './validate-folders.ts';
import { validateGroups } from './validate-groups.ts';
import { reaches, validateNetwork } from './validate-network.ts';
import { validatePolicies } from './validate-policies.ts';

export interface Loaded {
  /** There when no problem is an error. */
  settings?: Settings;
  /** Errors and warnings, in reading order. */
  problems: Problem[];
  /** Every file that has a part in the configuration, for watching; lists and apps included, whether read yet or not. */
  files: string[];
}

function hasError(problems: Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** A problem twice over is no second problem: the table and a check may find the same. */
function distinct(problems: Problem[]): Problem[] {
  const seen = new Map<string, Problem>();
  for (const problem of problems) {
    const { file, line, column, path, message } = problem;
    const key = `${file}\n${line}\n${column}\n${message}\n${file === 'environment' ? path : ''}`;
    if (!seen.has(key)) seen.set(key, problem);
  }
  return [...seen.values()];
}

/** Of a sealed exception no line is shown: problems are told to more people than may read it. Its place leads there. */
function withoutSealed(problems: Problem[], root: unknown): Problem[] {
  const sealed = [...each(root, 'exceptions.*')]
    .filter(({ value }) => isPlain(value) && value.sealed === true)
    .map(({ path }) => pathText(path));
  const isSealed = ({ path }: Problem) => sealed.some((one) => path === one || path.startsWith(`${one}.`));
  return problems.map((problem) => (isSealed(problem) ? { ...problem, text: '' } : problem));
}

function systemUpstreams(listeners: Endpoint[], files: Files) {
  let text = '';
  let message = '';
  try {
    text = files.read(RESOLV_CONF);
  } catch (error) {
    message = reasonOf(error);
  }
  const found = readResolv(text, (server) => listeners.some((listener) => reaches(server, listener)));
  const problems = message
    ? found.problems.map((problem) => ({
        ...problem,
        message: `upstreams is "system", but ${RESOLV_CONF} cannot be read: ${message}`,
      }))
    : found.problems;
  return { upstreams: found.upstreams, problems };
}

/** What is read, and when. */
interface Reading {
  file: string;
  files: Files;
  /** Unix seconds. */
  now: number;
}

function check(tree: Merged, catalogue: Catalogue, registry: Registry, { file, files, now }: Reading): Problem[] {
  const checks = new Checks(tree);
  validatePolicies(checks, catalogue, file, files);
  const groups = readGroups(checks, registry);
  validateNetwork(checks, groups);
  validateGroups(checks, groups, registry);
  validateExceptions(checks, groups, { registry, catalogue, now });
  validateFolders(checks, file, files);
  return checks.problems;
}

/** The device registry that the tree names. */
function readRegistry(tree: Merged, from: string, files: Files): Registry {
  const [given] = texts(tree.root, 'devices.file');
  const naming = readNaming(new Checks(tree));
  if (!given) return { file: undefined, devices: [], naming, problems: [] };
  const file = resolveFrom(from, given.value.trim());
  try {
    return { file, naming, ...readDevices(file, files.read(file)) };
  } catch (error) {
    const message = `${file} cannot be read: ${reasonOf(error)}`;
    const fix = 'mend the path; it counts from the folder of the configuration on';
    return { file, devices: [], naming, problems: [problemAt(tree, given.path, message, fix)] };
  }
}

/** The files of its lists; what is fetched is looked for by whoever fetches. */
function watched({ lists }: Settings, files: Files): string[] {
  const own = lists.filter(({ fetched }) => !fetched);
  return own.flatMap(({ file, signed }) => [file, ...within(file, files), ...(signed ? [signed.at] : [])]);
}

/** A folder shows that files came or went; that one changed, only the file does. */
function within(file: string, files: Files): string[] {
  return (namesIn(files, file) ?? []).filter((name) => !name.startsWith('.')).map((name) => join(file, name));
}

function loadTree(main: Document, env: Record<string, string | undefined>, reading: Reading): Loaded {
  const { file, files } = reading;
  const environment = readEnvironment(env);
  const tree = merge(main, environment.overrides, files);
  const parsed = options.safeParse(tree.root);
  const problems = [...environment.problems, ...tree.problems];
  if (!parsed.success) problems.push(...shapeProblems(options, tree, parsed.error.issues));
  const [folder] = texts(tree.root, 'blocklists');
  const catalogue = new Catalogue(folder ? resolveFrom(file, folder.value) : shippedBlocklists, files);
  const registry = readRegistry(tree, file, files);
  problems.push(...registry.problems, ...check(tree, catalogue, registry, reading));
  const lists = [...texts(tree.root, 'lists.*.file')].map(({ value }) => resolveFrom(file, value));
  const read = [file, ...tree.files, ...(registry.file === undefined ? [] : [registry.file]), ...lists];
  let upstreams: Endpoint[] = [];
  if ((valueAt(tree.root, ['upstreams']) ?? 'system') === 'system') {
    const system = systemUpstreams(ourSockets(tree), files);
    upstreams = system.upstreams;
    problems.push(...system.problems);
    read.push(RESOLV_CONF);
  }
  read.push(...catalogue.read);
  const told = sortProblems(withoutSealed(distinct(problems), tree.root), read);
  if (!parsed.success || hasError(problems)) return { problems: told, files: read };
  const given = parsed.data.upstreams;
  const servers = given === 'system' ? upstreams : given;
  const settings = resolve(file, parsed.data, { upstreams: servers, catalogue, devices: registry.devices });
  read.push(...settings.apps.map((app) => app.file), ...watched(settings, files));
  return { settings, problems: told, files: [...new Set(read)] };
}

/**
 * Reads the configuration in `file`, with the SLUIS_ variables of `env` over them. Never throws: without `settings` at
 * least one of `problems` is an error, and each says where it stands and how to mend it. `now`, in Unix seconds, is for
 * exceptions alone: those that have ended by then are history, and only looked at one by one.
 */
export function loadSettings(
  file: string,
  env: Record<string, string | undefined>,
  files: Files = disk,
  now = Date.now() / 1000,
): Loaded {
  let text: string;
  try {
    text = files.read(file);
  } catch (error) {
    const message = `the configuration cannot be read: ${reasonOf(error)}`;
    return { problems: [fileProblem(file, message, 'name a file with --config')], files: [file] };
  }
  const main = readDocument(file, text);
  if (main.problems.length > 0) return { problems: main.problems, files: [file] };
  return loadTree(main, env, { file, files, now });
}
