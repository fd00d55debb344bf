export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Events for machines to read: one JSON object a line. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export interface LogOptions {
  /** The least that is written; default `info`. */
  readonly level?: LogLevel;
  /** Takes a line without its end; default standard error, so that results can have standard output. */
  readonly write?: (line: string) => void;
}

/** What an error is in a log: its code and where it happened. */
function describe(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { code } = value as { code?: unknown };
  return { message: value.message, ...(code === undefined ? {} : { code }), stack: value.stack };
}

export function createLog({ level = 'info', write }: LogOptions = {}): Log {
  const put = write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const least = logLevels.indexOf(level);
  const at = (name: Exclude<LogLevel, 'silent'>) => {
    if (logLevels.indexOf(name) < least) return () => {};
    return (message: string, fields: Fields = {}) => {
      const time = new Date().toISOString();
      const rest = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, describe(value)]));
      put(JSON.stringify({ time, level: name, message, ...rest }));
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
