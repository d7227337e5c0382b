// The language of whoever reads what a command prints.

/** In the order in which POSIX has them decide the language of messages. */
const VARIABLES = ['LC_ALL', 'LC_MESSAGES', 'LANG'];

/** The language of the environment, such as `nl` of `nl_BE.UTF-8`; English where it says none. */
export function languageOf(env: Record<string, string | undefined>): string {
  const locale = VARIABLES.map((name) => env[name]).find((value) => value) ?? '';
  const [language] = locale.toLowerCase().split(/[_.@-]/);
  return /^[a-z]{2,3}$/.test(language) ? language : 'en';
}
