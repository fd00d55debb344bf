// What JSON consists of outside strings, numbered. Both assembly/ and src/ read this file, hence nothing but numbers.

export const WHITE_SPACE = 0;
export const OPEN_BRACE = 1;
export const CLOSE_BRACE = 2;
export const OPEN_BRACKET = 3;
export const CLOSE_BRACKET = 4;
export const COMMA = 5;
export const COLON = 6;
export const STRING = 7;
/** A whole number without sign, point or exponent, at most nine digits long. */
export const COUNT = 8;
/** Anything else; nothing goes on with it. */
export const OTHER = 9;
export const SYMBOLS = 10;

/** States of an automaton: where nothing goes on, where all is read, and the first. */
export const WRONG = 0;
export const DONE = 1;
export const START = 2;
