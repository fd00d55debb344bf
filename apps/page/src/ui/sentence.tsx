import { useRef } from 'preact/hooks';

/** The sentence to look at, with a button that puts a mask where the caret is. */
export function SentenceField(props: {
  id: string;
  text: string;
  maskToken: string;
  onText: (text: string) => void;
}) {
  const { id, text, maskToken, onText } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const insertMask = () => {
    const element = field.current!;
    element.setRangeText(maskToken, element.selectionStart, element.selectionEnd, 'end');
    element.focus();
    onText(element.value);
  };
  return (
    <div class="sentence">
      <label for={id}>Sentence</label>
      <textarea
        id={id}
        ref={field}
        rows={2}
        maxLength={4000}
        spellcheck={false}
        autocomplete="off"
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <button type="button" onClick={insertMask}>
        Insert {maskToken}
      </button>
    </div>
  );
}
