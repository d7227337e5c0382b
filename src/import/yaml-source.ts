// A configuration in YAML as its import walks it: values with their places, and at the end all that nobody asked for.

import { type Document, readDocument } from '../settings/document.ts';
import { isPlain } from '../settings/merge.ts';
import { type Path, pathText } from '../settings/problems.ts';
import { ImportError } from './import-error.ts';
import type { Item, Plan } from './plan.ts';

/** A part of the source that is never carried over, by the beginning of its path, and why. */
export type Refusals = readonly [paths: readonly string[], reason: string, fix: string][];

/** A value that asks for nothing: it is empty, off or zero. */
export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.every(isNothing);
  if (!isPlain(value)) return false;
  return value.enabled === false || value.enable === false || Object.values(value).every(isNothing);
}

export class YamlSource {
  readonly name: string;
  /** What paths in it count from. */
  readonly folder: string;
  readonly #document: Document;
  readonly #seen = new Set<string>();
  /** What has something in it that was seen. */
  readonly #parts = new Set<string>();

  /** Throws ImportError where the text is no sound YAML; the first mistake is told, with its place. */
  constructor(name: string, folder: string, text: string) {
    this.name = name;
    this.folder = folder;
    this.#document = readDocument(name, text);
    const [problem] = this.#document.problems;
    if (problem) throw new ImportError(`${name}:${problem.line}:${problem.column}`, problem.message, problem.fix);
    if (isPlain(this.#document.root)) return;
    throw new ImportError(name, 'it holds no options', 'name the configuration file of the tool');
  }

  get root(): Record<string, unknown> {
    return this.#document.root as Record<string, unknown>;
  }

  item(path: Path, what = pathText(path)): Item {
    return { at: `${this.name}:${this.#document.place(path, 'key').line}`, what };
  }

  /** The value at `path`, which is then accounted for with all beneath it. */
  take(path: Path): unknown {
    this.#seen.add(pathText(path));
    for (let length = path.length - 1; length > 0; length--) {
      const part = pathText(path.slice(0, length));
      if (this.#parts.has(part)) break;
      this.#parts.add(part);
    }
    return this.look(path);
  }

  isSeen(path: Path): boolean {
    return this.#seen.has(pathText(path));
  }

  look(path: Path): unknown {
    let at: unknown = this.#document.root;
    for (const part of path) at = (at as Record<string, unknown> | null | undefined)?.[part];
    return at;
  }

  /** The texts at `path`, be it one or several, each with its own place. */
  texts(path: Path): { value: string; path: Path; item: Item }[] {
    const value = this.take(path);
    const found = Array.isArray(value)
      ? value.map((one, at) => [one, [...path, at]] as const)
      : [[value, path] as const];
    return found.flatMap(([one, where]) => {
      if (typeof one !== 'string' && typeof one !== 'number') return [];
      return [{ value: String(one), path: where, item: this.item(where) }];
    });
  }

  text(path: Path): string {
    const value = this.take(path);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }

  number(path: Path): number | undefined {
    const value = this.take(path);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  /** Also as YAML 1.1 writes it. */
  flag(path: Path, otherwise: boolean): boolean {
    const value = this.take(path);
    if (typeof value === 'boolean') return value;
    return /^(?:yes|on|true)$/i.test(String(value)) || (!/^(?:no|off|false)$/i.test(String(value)) && otherwise);
  }

  /** The entries of a map or list, with their paths; they are accounted for one by one. */
  entries(path: Path): { key: string; value: unknown; path: Path }[] {
    const value = this.look(path);
    if (Array.isArray(value)) return value.map((one, at) => ({ key: String(at), value: one, path: [...path, at] }));
    if (!isPlain(value)) return [];
    return Object.entries(value).map(([key, one]) => ({ key, value: one, path: [...path, key] }));
  }

  /** Tells of all that was not asked for, but for what asks for nothing. */
  sweep(plan: Plan, refusals: Refusals): void {
    this.#sweep(plan, refusals, []);
  }

  /** `over` is why that has no counterpart in which it stands. */
  #sweep(plan: Plan, refusals: Refusals, path: Path, over?: Refusals[number]) {
    const value = this.look(path);
    const text = pathText(path);
    if (this.#seen.has(text) || isNothing(value)) return;
    const plain = text.replaceAll(/\[\d+\]/g, '');
    const refusal = refusals.find(([paths]) => paths.includes(plain)) ?? over;
    const inner = this.entries(path);
    if (inner.length > 0 && (path.length === 0 || this.#parts.has(text) || refusal === undefined)) {
      for (const one of inner) this.#sweep(plan, refusals, one.path, refusal);
    } else if (refusal) plan.leave(this.item(path), refusal[1], refusal[2]);
    else plan.leave(this.item(path), 'nothing of Sluis does this', 'look for what you need in config/schema.json');
  }
}
