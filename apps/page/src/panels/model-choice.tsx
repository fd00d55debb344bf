import { useEffect, useState } from 'preact/hooks';
import type { Engine } from '../client/engine.js';
import type { PageDescription } from '../description.js';
import { Choice } from '../ui/choice.js';
import { messageOf } from '../ui/notice.js';
import type { OpenedModel } from '../worker/models.js';

/** A button for each model that the browser may have, or of the look-up ones only; none where there is no choice. */
export function ModelChoice(props: {
  description: PageDescription;
  kind?: 'lookup';
  value: number;
  onChange: (model: number) => void;
}) {
  const { description, kind, value, onChange } = props;
  const options = usableModels(description, kind).map((model) => ({
    value: model,
    label: description.models[model]!.label,
  }));
  if (options.length < 2) return null;
  return <Choice label="Model" options={options} value={value} onChange={onChange} />;
}

/** Places, in the description, of the models that can be computed here. */
export function usableModels({ models }: PageDescription, kind?: 'lookup'): number[] {
  return models.flatMap(({ folder, ffn }, i) => (folder && (!kind || ffn === kind) ? [i] : []));
}

/** An opened model, or why it did not open; neither while it is on its way. */
export function useOpened(engine: Engine, model: number | undefined) {
  const [state, setState] = useState<{ opened?: OpenedModel; error?: string }>({});
  useEffect(() => {
    let current = true;
    setState({});
    if (model === undefined) return;
    engine.open(model).then(
      (opened) => current && setState({ opened }),
      (error: unknown) => current && setState({ error: messageOf(error) }),
    );
    return () => {
      current = false;
    };
  }, [engine, model]);
  return state;
}
