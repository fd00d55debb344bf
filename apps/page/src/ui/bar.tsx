/** A bar whose length is a share of its track. The number stands beside it, so screen readers skip it. */
export function Bar({ share, kind = '' }: { share: number; kind?: string }) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <span class="track" aria-hidden="true">
      <span class={`fill ${kind}`} style={{ width }} />
    </span>
  );
}
