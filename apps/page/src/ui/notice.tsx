import type { ComponentChildren } from 'preact';

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A line that screen readers hear when it changes. */
export function Notice({ error = false, children }: { error?: boolean; children?: ComponentChildren }) {
  return (
    <p class={error ? 'notice error' : 'notice'} role={error ? 'alert' : 'status'}>
      {children}
    </p>
  );
}
