import { codePointAt } from '../byte-level/utf8.js';
import { ALONE, type CharacterKinds } from './character-kinds.js';

/** Where the run that begins at `start` ends: one character that stands alone, else all that follow of its kind. */
export function runEnd(kinds: CharacterKinds, units: Uint16Array, start: number, count: number): number {
  let kind = -1;
  for (let position = start; position < count; ) {
    const unit = units[position];
    let next = position + 1;
    let here: number;
    if ((unit & 0xf800) !== 0xd800) {
      here = kinds.bmp[unit];
    } else {
      const point = codePointAt(units, position, count);
      here = kinds.of(point);
      if (point > 0xffff) next++;
    }
    if (kind < 0) {
      if (here === ALONE) return next;
      kind = here;
    } else if (here !== kind) {
      return position;
    }
    position = next;
  }
  return count;
}
