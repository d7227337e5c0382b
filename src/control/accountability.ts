// What a running Sluis does so that its policy can be answered for: the audit log of each reload, and the alerts of its dates.

import type { Settings } from '../settings/settings.ts';
import { Alerts } from './alerts.ts';
import { Audit } from './audit.ts';
import { type AuditState, emptyState } from './audit-diff.ts';
import { auditFile } from './audit-file.ts';
import { auditState } from './audit-state.ts';
import type { Alert } from './calendar.ts';
import { changeOf, type DateChange } from './date-change.ts';
import type { Reload } from './keeper.ts';
import { later } from './later.ts';

export interface AccountabilityOptions {
  /** The configuration. */
  file: string;
  env: Record<string, string | undefined>;
  /** Unix milliseconds. */
  clock: () => number;
  onAudit: (problem: string) => void;
  onAlert: (alert: Alert) => void;
  onChange: (change: DateChange) => void;
}

/** The first of a refusal's errors stand in its line. */
const KEPT_PROBLEMS = 10;

export class Accountability {
  readonly alerts: Alerts;
  /** Undefined before the first policy, and where there is no audit log. */
  audit: Audit | undefined;
  readonly #options: AccountabilityOptions;
  #isOpen = false;
  /** Those whose dates are followed. */
  #settings: Settings | undefined;
  #state: AuditState = emptyState();

  constructor(options: AccountabilityOptions) {
    this.#options = options;
    const { clock, onAlert, onChange } = options;
    this.alerts = new Alerts({ clock, later, onAlert, onChange: (date) => onChange(changeOf(this.#settings!, date)) });
  }

  /** Takes note of a reload. Never throws, and waits for nothing: what cannot be written is told and counted. */
  note(reload: Reload, inForce: Settings | undefined): void {
    if (!inForce) return;
    if (!this.#isOpen) this.#open(inForce);
    const { report, evidence, at, cause, reason, generation } = reload;
    const isTaken = reload.result === 'ok';
    if (isTaken) {
      this.#settings = inForce;
      this.alerts.follow(inForce);
      // Without a log, nobody asks for it.
      if (this.audit) this.#state = auditState(inForce, report?.sources ?? [], evidence?.files ?? {});
    }
    void this.audit?.record({
      at,
      cause,
      result: isTaken ? 'taken' : 'refused',
      reason,
      problems: isTaken ? [] : problemLines(reload),
      generation,
      who: evidence?.who ?? { file: this.#options.file, commit: null, dirty: null, changed: [] },
      files: evidence?.files ?? {},
      state: this.#state,
    });
  }

  /** Resolves when the last line is on the disk. */
  async close(): Promise<void> {
    this.alerts.close();
    await this.audit?.idle();
  }

  #open(settings: Settings): void {
    this.#isOpen = true;
    const file = auditFile(settings.audit.file, this.#options.env);
    if (file !== undefined) this.audit = new Audit({ file, onProblem: this.#options.onAudit });
  }
}

/** What is wrong with an exception may say whose it is: of that, only the place is kept. */
function problemLines({ problems }: Reload): string[] {
  const errors = problems.filter(({ severity }) => severity === 'error').slice(0, KEPT_PROBLEMS);
  return errors.map(({ file, line, column, path, message }) => {
    const place = `${file}:${line}:${column}`;
    return path.startsWith('exceptions') ? `${place}: an exception` : `${place}: ${message}`;
  });
}
