import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Option<T> {
  readonly value: T;
  readonly label: ComponentChildren;
  /** How strongly the option's ground is tinted, 0 to 1. */
  readonly tint?: number;
}

/** One of several: radio buttons that look like buttons in a row, arrow keys and all. */
export function Choice<T>(props: {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
  class?: string;
}) {
  const { label, options, value, onChange } = props;
  const name = useId();
  return (
    <fieldset class={`choice ${props.class ?? ''}`}>
      <legend class="unseen">{label}</legend>
      {options.map((option, i) => (
        <label key={i}>
          <input
            type="radio"
            class="unseen"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.tint !== undefined && <span class="tint" style={{ opacity: option.tint }} />}
          <span class="label">{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
