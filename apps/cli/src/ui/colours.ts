import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colour only where a person looks at it: a terminal that has not said no (https://no-color.org). */
export function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  const { NO_COLOR, TERM } = process.env;
  return picocolors.createColors(Boolean(stream.isTTY) && !NO_COLOR && TERM !== 'dumb');
}
