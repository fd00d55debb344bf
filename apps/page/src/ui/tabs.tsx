import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Tab {
  /** Stands in the address after `#`, so that a tab can be linked to. */
  readonly id: string;
  readonly title: string;
  readonly panel: ComponentChildren;
}

/** Where an arrow key, Home or End leads from place `at` of `count`; undefined for other keys. */
function arrowTarget(key: string, at: number, count: number): number | undefined {
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'ArrowLeft') return (at + count - 1) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return undefined;
}

const fromAddress = (tabs: readonly Tab[]) =>
  tabs.find(({ id }) => `#${id}` === location.hash)?.id ?? tabs[0]!.id;

/** Tabs as WAI-ARIA describes them. A panel is made when it is first looked at and then kept. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const [active, setActive] = useState(() => fromAddress(tabs));
  const seen = useRef(new Set<string>());
  const list = useRef<HTMLDivElement>(null);
  seen.current.add(active);
  useEffect(() => {
    const follow = () => setActive(fromAddress(tabs));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const choose = (id: string) => {
    setActive(id);
    history.replaceState(null, '', `#${id}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === active);
    const target = arrowTarget(event.key, at, tabs.length);
    if (target === undefined) return;
    event.preventDefault();
    choose(tabs[target]!.id);
    (list.current?.children[target] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === active}
            aria-controls={`panel-${id}`}
            tabIndex={id === active ? 0 : -1}
            onClick={() => choose(id)}
          >
            {title}
          </button>
        ))}
      </div>
      {tabs.map(({ id, panel }) => (
        <section
          key={id}
          role="tabpanel"
          id={`panel-${id}`}
          aria-labelledby={`tab-${id}`}
          hidden={id !== active}
        >
          {seen.current.has(id) && panel}
        </section>
      ))}
    </>
  );
}
